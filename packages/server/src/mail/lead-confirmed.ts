import { type MailContent, type Site, writeMail } from "./layout.ts";

/**
 * To the address that somebody gave who wrote to sales. It need not be theirs, so that not a word of what they typed is in it, not even
 * their name: nobody has us deliver their message to a stranger.
 */
export function composeLeadConfirmed(site: Site): MailContent {
  return writeMail(site, {
    subject: `We have your message to ${site.productName}`,
    parts: [
      { kind: "words", words: `Thank you for writing to ${site.productName}. Somebody will read your message and write to you.` },
      { kind: "words", words: "Was it not you? Then somebody gave your address by mistake, and you need not do anything." },
    ],
    because: "this address was given in our contact form",
  });
}
