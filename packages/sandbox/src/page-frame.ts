import { html, type Markup } from "./markup.ts";

export interface Frame {
  /** Where the sandbox is mounted, such as /sandbox. */
  prefix: string;
  title: string;
  current: "overview" | "mail" | "clock" | "stripe";
  body: Markup;
  /** Looks again by itself while there is something to wait for. */
  refreshSeconds?: number;
}

/** What all pages of the sandbox have around their content. */
export function pageFrame({ prefix, title, current, body, refreshSeconds }: Frame): Markup {
  const places = [
    { key: "overview", name: "Overview", url: prefix },
    { key: "mail", name: "Mailbox", url: `${prefix}/mail` },
    { key: "stripe", name: "Stripe", url: `${prefix}/stripe` },
    { key: "clock", name: "Clock", url: `${prefix}/clock` },
  ];
  const links = places.map(({ key, name, url }) =>
    key === current ? html`<a href="${url}" aria-current="page">${name}</a>` : html`<a href="${url}">${name}</a>`,
  );
  const header = html`<a class="name" href="${prefix}">Gatehouse</a> <span class="badge">sandbox</span>
<nav aria-label="Sandbox">${links}</nav>`;
  return pageDocument({ style: `${prefix}/sandbox.css`, title, header, body, ...(refreshSeconds === undefined ? {} : { refreshSeconds }) });
}

export interface PageDocument {
  /** Where the style sheet is. */
  style: string;
  title: string;
  header: Markup;
  body: Markup;
  refreshSeconds?: number;
}

/** A whole page. Its header says where one is, its body has the one h1. */
export function pageDocument({ style, title, header, body, refreshSeconds }: PageDocument): Markup {
  const refresh = refreshSeconds === undefined ? html`` : html`<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Gatehouse sandbox</title>
${refresh}<link rel="stylesheet" href="${style}">
</head>
<body>
<header>
${header}
</header>
<main>
${body}
</main>
</body>
</html>
`;
}
