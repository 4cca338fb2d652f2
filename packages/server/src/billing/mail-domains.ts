import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isBelow, isReservedDomain } from "@gatehouse/core";
import { getDomain } from "tldts";
import type { Config } from "../platform/config.ts";

type Lists = NonNullable<Config["trialAbuse"]>;

/** Is it mail that is thrown away after use? Of what the operator allows and denies, allowing wins. Nothing is asked of anybody outside. */
export function isDisposable(domain: string, { disposableAllow, disposableDeny }: Lists): boolean {
  if (isReservedDomain(domain) || isBelow(domain, new Set(disposableAllow))) return false;
  disposable ??= readList(DISPOSABLE_FILE);
  return isBelow(domain, disposable) || isBelow(domain, new Set(disposableDeny));
}

/**
 * The domain that a company registered (`eu.acme.co.uk` is `acme.co.uk`'s); null where it says nothing about a company: a reserved name, or
 * mail for everybody.
 */
export function companyOf(domain: string): string | null {
  if (isReservedDomain(domain)) return null;
  // Private suffixes too: whoever has a name below github.io has it for themself.
  const registered = getDomain(domain, { allowPrivateDomains: true });
  publicMail ??= new Set([...readList(PUBLIC_FILE), ...MORE_PUBLIC]);
  return registered === null || isBelow(domain, publicMail) ? null : registered;
}

/** Read at the first question: a process that signs nobody up never needs them. The same for everybody: no state. */
let disposable: ReadonlySet<string> | null = null;
let publicMail: ReadonlySet<string> | null = null;

/** CC0, of github.com/disposable-email-domains; the package's entry point would add a search of its own. */
const DISPOSABLE_FILE = "disposable-email-domains-js/dist/dict/disposable_email_blocklist.json";
/** ISC, of github.com/derhuerst/email-providers. */
const PUBLIC_FILE = "email-providers/all.json";

/** Mail for everybody that the list does not have: newer hosts, countries' own names of large ones, relays that hide an address. */
const MORE_PUBLIC = [
  "aleeas.com",
  "anonaddy.me",
  "duck.com",
  "fastmail.com",
  "gmx.ch",
  "mozmail.com",
  "passmail.net",
  "posteo.de",
  "posteo.net",
  "privaterelay.appleid.com",
  "proton.me",
  "simplelogin.com",
  "slmail.me",
  "tuta.com",
  "tuta.io",
  "tutanota.com",
  "tutanota.de",
  "yandex.kz",
  "zohomail.com",
  "zohomail.eu",
];

function readList(file: string): ReadonlySet<string> {
  const entries: unknown = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(file), "utf8"));
  if (!Array.isArray(entries)) throw new Error(`${file} is not a list`);
  return new Set(entries.filter((entry): entry is string => typeof entry === "string"));
}
