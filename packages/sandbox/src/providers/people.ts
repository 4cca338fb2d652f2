import { createHash } from "node:crypto";

/** What the consent page's form says: who signs in. */
export interface Choice {
  readonly email: string;
  readonly name: string;
  /** Who they are for good; empty: derived from the address. */
  readonly subject: string;
  readonly kind: string;
  /** Of Microsoft: the organisation. */
  readonly tenant: string;
}
export type Claims = Readonly<Record<string, unknown>>;
export interface Preset extends Choice {
  readonly key: string;
  /** One line for the page. */
  readonly what: string;
}
export interface Kind {
  readonly key: string;
  readonly what: string;
}
/** What differs between the providers that are played. */
export interface PlayedProvider {
  readonly id: "google" | "microsoft";
  readonly name: string;
  /** Where it is on the sandbox's server: the issuer after the host. */
  readonly path: string;
  readonly kinds: readonly Kind[];
  readonly presets: readonly Preset[];
  /** The issuer that the discovery document names. @param issuer the configured one */
  discovered(issuer: string): string;
  /** What an id_token says of who was chosen, its issuer among it. */
  claims(choice: Choice, issuer: string): Claims;
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
/** The same address is the same person each time; another subject is another person. */
const subjectOf = (provider: string, choice: Choice): string =>
  choice.subject === "" ? digest(`${provider}\n${choice.email.toLowerCase()}\n${choice.tenant}`) : digest(`${provider}\n${choice.subject}`);
const guid = (text: string): string => {
  const hex = digest(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
const person = { name: "Ada Lovelace", subject: "", tenant: "" };
const ADA = "ada@example.com";

export const playedGoogle: PlayedProvider = {
  id: "google",
  name: "Google",
  path: "/sandbox/google",
  kinds: [
    { key: "hosted", what: "Google hosts the address and vouches for it" },
    { key: "elsewhere", what: "verified once, but hosted elsewhere: Google does not know whose it is today" },
    { key: "unverified", what: "not verified" },
  ],
  presets: [
    { ...person, key: "ada", email: ADA, subject: "ada", kind: "hosted", what: "an address that Google hosts" },
    {
      ...person,
      key: "ada-changed",
      email: "ada.lovelace@example.com",
      subject: "ada",
      kind: "hosted",
      what: "the same person after a change of address",
    },
    { ...person, key: "lookalike", email: ADA, subject: "lookalike", kind: "hosted", what: "another person who has Ada's address now" },
    { ...person, key: "unverified", email: ADA, subject: "unverified", kind: "unverified", what: "claims Ada's address without proof" },
    { ...person, key: "no-email", email: "", subject: "no-email", kind: "hosted", what: "tells no address" },
  ],
  discovered: (issuer) => issuer,
  claims(choice, issuer) {
    const domain = choice.email.slice(choice.email.lastIndexOf("@") + 1).toLowerCase();
    const isHosted = choice.kind === "hosted" && domain !== "gmail.com";
    return {
      iss: issuer,
      sub: BigInt(`0x${subjectOf("google", choice).slice(0, 17)}`)
        .toString()
        .padStart(21, "1")
        .slice(0, 21),
      name: choice.name,
      ...(choice.email === "" ? {} : { email: choice.email, email_verified: choice.kind !== "unverified" }),
      ...(isHosted && choice.email !== "" ? { hd: domain } : {}),
    };
  },
};

const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const TENANTS: Readonly<Record<string, string>> = { contoso: guid("contoso"), fabrikam: guid("fabrikam") };
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Empty: the first one. */
export const isTenant = (word: string): boolean => word === "" || GUID.test(word) || Object.hasOwn(TENANTS, word);
const GRACE = { name: "Grace Hopper", subject: "", email: "grace@example.com", kind: "verified" };

export const playedMicrosoft: PlayedProvider = {
  id: "microsoft",
  name: "Microsoft",
  path: "/sandbox/microsoft/common/v2.0",
  kinds: [
    { key: "verified", what: "the organisation owns the address's domain (xms_edov)" },
    { key: "unverified", what: "an administrator wrote the address there: nobody vouches for it" },
    { key: "personal", what: "a personal account, whose address Microsoft has verified" },
  ],
  presets: [
    { ...GRACE, key: "grace-contoso", tenant: "contoso", what: "of Contoso, which owns the domain" },
    {
      ...GRACE,
      key: "grace-fabrikam",
      tenant: "fabrikam",
      kind: "unverified",
      what: "the same name and address at Fabrikam, which does not",
    },
    { ...person, key: "unverified-ada", email: ADA, tenant: "fabrikam", kind: "unverified", what: "claims Ada's address without proof" },
    { ...GRACE, key: "personal", email: "grace.hopper@example.com", kind: "personal", tenant: "", what: "a personal account" },
    { ...GRACE, key: "no-email", email: "", tenant: "contoso", what: "an account without an address" },
  ],
  discovered: (issuer) => issuer.replace("/common/", "/{tenantid}/"),
  claims(choice, issuer) {
    const tid =
      choice.kind === "personal"
        ? CONSUMERS
        : GUID.test(choice.tenant)
          ? choice.tenant
          : (TENANTS[choice.tenant] ?? TENANTS["contoso"] ?? "");
    const subject = subjectOf("microsoft", { ...choice, tenant: tid });
    return {
      iss: issuer.replace("/common/", `/${tid}/`),
      ver: "2.0",
      tid,
      oid: guid(`oid ${subject}`),
      sub: Buffer.from(subject, "hex").toString("base64url"),
      name: choice.name,
      preferred_username: choice.email,
      ...(choice.email === "" ? {} : { email: choice.email }),
      ...(choice.kind === "verified" && choice.email !== "" ? { xms_edov: true } : {}),
    };
  },
};
