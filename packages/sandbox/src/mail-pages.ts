import type { Mail, MailSummary } from "./mail-store.ts";
import { html, type Markup } from "./markup.ts";
import { pageFrame } from "./page-frame.ts";

/** The newest are shown; the JSON has all. */
const SHOWN_MAX = 200;
const LOOK_AGAIN_SECONDS = 5;

/** @param to the address that the list is narrowed to; empty for all */
export function mailListPage(prefix: string, mails: readonly MailSummary[], to: string): Markup {
  const shown = mails.slice(-SHOWN_MAX).reverse();
  const rows = shown.map(
    (mail) => html`<tr><td><a href="${prefix}/mail/${mail.id}">${mail.subject || "(no subject)"}</a></td><td>${mail.to.join(", ")}</td></tr>
`,
  );
  const table = html`<table>
<thead><tr><th scope="col">Subject</th><th scope="col">To</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
<form method="post" action="${prefix}/mail/clear"><button class="quiet">Delete all mail</button></form>
`;
  const more = mails.length > SHOWN_MAX ? html`<p>The newest ${SHOWN_MAX} of ${mails.length}.</p>` : html``;
  const isEmpty = mails.length === 0;
  return pageFrame({
    prefix,
    title: "Mailbox",
    current: "mail",
    ...(isEmpty ? { refreshSeconds: LOOK_AGAIN_SECONDS } : {}),
    body: html`<h1>Mailbox</h1>
<p class="lead">Every mail that the server sends arrives here and goes nowhere else. Newest first.</p>
<form class="row" method="get" action="${prefix}/mail">
<label for="to">Sent to</label> <input id="to" name="to" type="email" value="${to}" placeholder="ada@example.com"> <button>Show</button>
</form>
${isEmpty ? emptyList(prefix, to) : html`${more}${table}`}`,
  });
}

function emptyList(prefix: string, to: string): Markup {
  const what =
    to === ""
      ? html`<strong>No mail yet.</strong> Register someone (<a href="${prefix}">how</a>), and the mail that proves the address arrives here.`
      : html`<strong>No mail to ${to} yet.</strong> <a href="${prefix}/mail">Show all mail</a>`;
  return html`<p class="empty">${what} This page looks again every ${LOOK_AGAIN_SECONDS} seconds.</p>
`;
}

export function mailPage(prefix: string, mail: Mail): Markup {
  const links = mail.links.map(
    (link) => html`<li><a href="${link}" rel="noreferrer">${link}</a></li>
`,
  );
  const received = mail.received_at === undefined ? html`` : html`<dt>Received</dt><dd>${mail.received_at}</dd>`;
  // Scripts stay off in the frame; its links open in the whole window, as they would in a mail program.
  const frame = html`<h2>As a mail program shows it</h2>
<iframe title="The HTML part of the mail" src="${prefix}/mail/${mail.id}/html" referrerpolicy="no-referrer"
sandbox="allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox"></iframe>
`;
  return pageFrame({
    prefix,
    title: mail.subject || "(no subject)",
    current: "mail",
    body: html`<p><a href="${prefix}/mail">All mail</a></p>
<h1>${mail.subject || "(no subject)"}</h1>
<dl><dt>From</dt><dd>${mail.from}</dd><dt>To</dt><dd>${mail.to.join(", ")}</dd>${received}</dl>
${links.length === 0 ? html`` : html`<h2>Links</h2><ul class="links">${links}</ul>`}
${mail.html === "" ? html`` : frame}
<h2>Text part</h2>
${mail.text === "" ? html`<p class="empty">This mail has no text part.</p>` : html`<pre class="text">${mail.text}</pre>`}
`,
  });
}

/** What a mail's own HTML may do in a browser: be seen. No script, no request anywhere, no origin whose data it could reach. */
export const MAIL_POLICY = [
  "sandbox allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox",
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** The mail's HTML, with links that leave the frame it is shown in. */
export function mailDocument(mail: Mail): string {
  const target = '<base target="_top">';
  const head = /<head\b[^>]*>/i.exec(mail.html);
  if (!head) return target + mail.html;
  const end = head.index + head[0].length;
  return mail.html.slice(0, end) + target + mail.html.slice(end);
}
