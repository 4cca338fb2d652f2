import { isIP } from "node:net";
import type { Origin } from "../platform/audit.store.ts";
import { escapeHtml } from "../platform/escape-html.ts";
import { describeUserAgent } from "./describe-user-agent.ts";

/** Whose mail it is. From configuration, never from a request (EM-6). */
export interface Site {
  readonly productName: string;
  readonly baseUrl: string;
  readonly supportEmail: string;
}
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a mail is made of. Both its parts, text and HTML, are written from the same list, so that neither says less. */
export type Part =
  | { readonly kind: "words"; readonly words: string }
  /** The one thing to do, its address written out too for programs that show no buttons; and what else can be done. */
  | { readonly kind: "button" | "link"; readonly label: string; readonly url: string }
  | { readonly kind: "facts"; readonly facts: readonly (readonly [name: string, value: string])[] };

/** Where a request came from, as a person reads it. @param origin null when it is not known */
export function originFacts(origin: Origin | null): (readonly [string, string])[] {
  if (origin === null) return [["From", "we do not know where"]];
  // Only what is an address is shown as one: behind a proxy it is what a header said.
  const from = origin.ip !== null && isIP(origin.ip) !== 0 ? `the address ${origin.ip}` : "an address that we do not know";
  return [
    ["From", from],
    ["With", describeUserAgent(origin.userAgent)],
  ];
}

/**
 * Writes a mail. All words are shown as text; only buttons and links are links, and they lead to the product and nowhere else.
 * @param mail.subject says what it is, on one line, without a word of a user's
 * @param mail.because why the reader gets it; absent: something happened with their address
 * @throws Error when a link leads out of the product: that is a fault of ours
 */
export function writeMail(site: Site, mail: { subject: string; parts: readonly Part[]; because?: string }): MailContent {
  for (const part of mail.parts) {
    if ((part.kind === "button" || part.kind === "link") && !part.url.startsWith(`${site.baseUrl}/`))
      throw new Error("a mail may link only to the product");
  }
  const subject = mail.subject.replace(/\s+/g, " ").trim();
  const because = mail.because ?? "of something that happened with your address";
  const reason = `${site.productName} sent this because ${because}. Questions? Write to ${site.supportEmail}.`;
  return {
    subject,
    text: `${[...mail.parts.map(asText), `-- \n${reason}`].join("\n\n")}\n`,
    html: page(subject, mail.parts.map(asHtml).join("\n"), reason),
  };
}

function asText(part: Part): string {
  switch (part.kind) {
    case "words":
      return part.words;
    case "button":
    case "link":
      return `${part.label}:\n${part.url}`;
    case "facts":
      return part.facts.map(([name, value]) => `${name}: ${value}`).join("\n");
  }
}

/** Styles stand in the tags, for many programs drop style sheets; the sheet in the head only adds the dark colours where one is read. */
const INK = "color:#1c2430;";
const QUIET = "color:#566171;";
const LINE = "margin:0 0 16px;font-size:16px;line-height:1.5;";

function asHtml(part: Part): string {
  switch (part.kind) {
    case "words":
      return `<p class="ink" style="${LINE}${INK}">${escapeHtml(part.words)}</p>`;
    case "button":
      return `<p style="margin:24px 0 8px;"><a href="${escapeHtml(part.url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1f5fd0;color:#ffffff;font-size:16px;font-weight:bold;text-decoration:none;">${escapeHtml(part.label)}</a></p>
<p class="quiet" style="margin:0 0 24px;font-size:13px;line-height:1.5;word-break:break-all;${QUIET}">If the button does nothing, copy this address: ${escapeHtml(part.url)}</p>`;
    case "link":
      return `<p class="ink" style="${LINE}${INK}"><a class="link" href="${escapeHtml(part.url)}" style="color:#1f5fd0;">${escapeHtml(part.label)}</a></p>`;
    case "facts":
      return `<p class="ink" style="${LINE}${INK}">${part.facts.map(([name, value]) => `<strong>${escapeHtml(name)}:</strong> ${escapeHtml(value)}`).join("<br>\n")}</p>`;
  }
}

function page(subject: string, body: string, reason: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${escapeHtml(subject)}</title>
<style>
@media (prefers-color-scheme: dark) {
  .ground { background: #14181f !important; }
  .ink { color: #e8ebf0 !important; }
  .quiet { color: #a6b0bf !important; }
  .link { color: #8ab4ff !important; }
}
</style>
</head>
<body class="ground" style="margin:0;padding:24px 16px;background:#ffffff;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;">
<div role="article" aria-label="${escapeHtml(subject)}" style="max-width:560px;margin:0 auto;">
<h1 class="ink" style="margin:0 0 16px;font-size:22px;line-height:1.3;${INK}">${escapeHtml(subject)}</h1>
${body}
<p class="quiet" style="margin:32px 0 0;font-size:13px;line-height:1.5;${QUIET}">${escapeHtml(reason)}</p>
</div>
</body>
</html>
`;
}
