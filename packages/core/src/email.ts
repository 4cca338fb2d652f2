import { toAsciiDomain } from "./email-domain.ts";

/** RFC 5321, 4.5.3.1: a path is at most 256 octets, its angle brackets included. */
export const EMAIL_BYTES_MAX = 254;
const LOCAL_BYTES_MAX = 64;

export type EmailRefusal = "email_too_long" | "email_malformed" | "email_local_part" | "email_domain";

export type ParsedEmail =
  | {
      readonly ok: true;
      /** To the letter as typed; mail goes here. */
      readonly email: string;
      /** What makes an address one address: ASCII, lower case. Dots and +tags stay, for only the receiving host knows what they mean there. */
      readonly normalised: string;
    }
  | { readonly ok: false; readonly why: EmailRefusal };

/**
 * Reads one address as a person types it (RFC 5321, without quotes, comments, IP literals and UTF-8 local parts), in linear time.
 *
 * It refuses what it does not know instead of mending it: an address that is trimmed or folded by Unicode rules is another person's
 * address sooner or later (dotless i, Kelvin sign, fullwidth letters), and a line break is a mail header of the attacker's making.
 */
export function parseEmail(typed: string): ParsedEmail {
  // No text has fewer bytes than UTF-16 units: the first test alone bounds all the work below, however long the input is.
  if (typed.length > EMAIL_BYTES_MAX || utf8Bytes(typed) > EMAIL_BYTES_MAX) return { ok: false, why: "email_too_long" };
  const split = typed.indexOf("@");
  if (split === -1 || split !== typed.lastIndexOf("@")) return { ok: false, why: "email_malformed" };
  const local = typed.slice(0, split);
  if (!isDotAtom(local)) return { ok: false, why: "email_local_part" };
  const domain = toAsciiDomain(typed.slice(split + 1));
  if (domain === null) return { ok: false, why: "email_domain" };
  const normalised = `${lowerCaseAscii(local)}@${domain}`;
  if (normalised.length > EMAIL_BYTES_MAX) return { ok: false, why: "email_too_long" };
  return { ok: true, email: typed, normalised };
}

/** `a***@example.com`: enough for its owner to know it again, too little for anybody else. What is no address becomes `***`. */
export function maskEmail(email: string): string {
  const read = parseEmail(email);
  return read.ok ? `${email.slice(0, 1)}***${email.slice(email.indexOf("@"))}` : "***";
}

/** Lower case by a fixed table: the rules of a language (Turkish dotless i) must not decide who somebody is. */
function lowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
}

/** RFC 5322, 3.2.3. */
function isDotAtom(local: string): boolean {
  return local.length <= LOCAL_BYTES_MAX && local.split(".").every((atom) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/.test(atom));
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
