import { html, type Markup } from "./markup.ts";
import { pageFrame } from "./page-frame.ts";

const PARTS = {
  mail: {
    title: "Mail is not played here",
    why: "SMTP_URL is set, so mail goes to the server that it names. Unset it, and a mailbox takes its place.",
  },
  stripe: {
    title: "Stripe is not played here",
    why: "STRIPE_SECRET_KEY is set, so the product talks to the Stripe that the key is of. Unset it, and a stand-in takes its place.",
  },
} as const;

/** Why a place of the sandbox has nothing to show. @param prefix where the sandbox is */
export function notPlayedPage(prefix: string, part: keyof typeof PARTS): Markup {
  const { title, why } = PARTS[part];
  return pageFrame({
    prefix,
    title,
    current: part,
    body: html`<h1>${title}</h1>
<p class="lead">${why}</p>
`,
  });
}
