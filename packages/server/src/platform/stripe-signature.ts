import { createHmac, timingSafeEqual } from "node:crypto";

/** How far the time of a signature may be from ours, either way. A constant: no configuration can switch the check off (R4). */
const TOLERANCE_SECONDS = 300;
/** Stripe signs with one secret, or with two while one is rolled; a header may carry older schemes beside them. */
const PARTS_MAX = 100;
const HEADER_BYTES_MAX = 8 * 1024;

const PART = /^(\w+)=([^\s,]*)$/;
const SECONDS = /^[1-9]\d{0,11}$/;
const HMAC_SHA256 = /^[0-9a-f]{64}$/;

/** Why a delivery is not taken: told to the sender and in the log, for a wrong secret looks like silence otherwise. */
export type SignatureFlaw = "header_missing" | "header_malformed" | "no_match" | "too_old" | "too_new";

export interface SignedDelivery {
  /** As it came over the wire; what was decoded and encoded again is another text (R1). */
  readonly body: Uint8Array;
  /** `Stripe-Signature`. Node joins one that is given twice by a comma, which makes it malformed. */
  readonly header: string | undefined;
  /** Any of them may have signed: two while a secret is rolled. */
  readonly secrets: readonly string[];
  /** The time of the world, not of the product: Stripe's clock is not moved by ours. */
  readonly at: Date;
}

/**
 * Did Stripe send this body, just now?
 *
 * Any `v1` that matches under any secret will do; other schemes (`v0`) prove nothing. A delivery that Stripe tries again is signed
 * anew, so the tolerance refuses no retry.
 * @returns null when it did
 * @see https://docs.stripe.com/webhooks#verify-manually; R1 to R4, SW-1 to SW-3
 */
export function flawOfSignature({ body, header, secrets, at }: SignedDelivery): SignatureFlaw | null {
  if (header === undefined || header === "") return "header_missing";
  const signed = readHeader(header);
  if (signed === null) return "header_malformed";
  if (!secrets.some((secret) => matches(body, signed, secret))) return "no_match";
  const ageSeconds = Math.floor(at.getTime() / 1000) - Number(signed.seconds);
  if (ageSeconds > TOLERANCE_SECONDS) return "too_old";
  return ageSeconds < -TOLERANCE_SECONDS ? "too_new" : null;
}

interface Signed {
  /** As written, for it is a part of what was signed. */
  readonly seconds: string;
  readonly signatures: readonly Buffer[];
}

/** `t=...,v1=...[,v1=...][,v0=...]`; null for anything else. A scheme that is not known yet is passed over. */
function readHeader(header: string): Signed | null {
  if (header.length > HEADER_BYTES_MAX) return null;
  const parts = header.split(",", PARTS_MAX + 1);
  if (parts.length > PARTS_MAX) return null;
  let seconds: string | null = null;
  const signatures: Buffer[] = [];
  for (const part of parts) {
    const [, scheme, value = ""] = PART.exec(part) ?? [];
    if (scheme === undefined) return null;
    if (scheme === "t") {
      // A second time would leave open which of them was signed.
      if (seconds !== null || !SECONDS.test(value)) return null;
      seconds = value;
    }
    if (scheme === "v1" && HMAC_SHA256.test(value)) signatures.push(Buffer.from(value, "hex"));
  }
  return seconds === null ? null : { seconds, signatures };
}

function matches(body: Uint8Array, { seconds, signatures }: Signed, secret: string): boolean {
  // Anybody can sign with nothing.
  if (secret === "" || signatures.length === 0) return false;
  const expected = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest();
  return signatures.some((signature) => timingSafeEqual(signature, expected));
}
