import type { Origin } from "../platform/audit.store.ts";
import { defuseName } from "./defuse-name.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

interface About {
  readonly site: Site;
  readonly link: string;
  readonly expiresAt: Date;
  readonly origin: Origin | null;
}

/** The last step of a sign-up whose answer comes by mail. */
export function composeFinishSignUp(about: About & { name: string }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `Finish your sign-up for ${site.productName}`,
    parts: [
      { kind: "words", words: `Hello ${defuseName(about.name)},` },
      { kind: "words", words: `welcome to ${site.productName}. Confirm your address, and your trial begins:` },
      { kind: "button", label: "Confirm and go on", url: about.link },
      { kind: "words", words: `The link works until ${sayTime(about.expiresAt)}, once.` },
      { kind: "facts", facts: originFacts(about.origin) },
      { kind: "words", words: "Not you? You need not do anything: without this link nothing is created." },
    ],
  });
}

/** Somebody came with an account of a provider that claims this address without proof. Only its owner may join the two. */
export function composeConnectByMail(about: About & { provider: string; isNew: boolean }): MailContent {
  const { site, provider } = about;
  return writeMail(site, {
    subject: about.isNew
      ? `Finish your sign-up for ${site.productName}`
      : `Is this you signing in to ${site.productName} with ${provider}?`,
    parts: [
      {
        kind: "words",
        words: about.isNew
          ? `Somebody is signing up at ${site.productName} with a ${provider} account that names this email address. If it is you, confirm that the address is yours:`
          : `Somebody wants to sign in at ${site.productName} with a ${provider} account that names this email address. If it is you, confirm it, and from then on that account signs you in:`,
      },
      { kind: "button", label: about.isNew ? "Confirm and go on" : `Connect ${provider}`, url: about.link },
      {
        kind: "words",
        words: `Open the link in the browser where you pressed "Continue with ${provider}". It works until ${sayTime(about.expiresAt)}, once.`,
      },
      { kind: "facts", facts: originFacts(about.origin) },
      {
        kind: "words",
        words: "Not you? Do not follow the link. You need not do anything: nobody has got in, and nothing was changed.",
      },
    ],
  });
}
