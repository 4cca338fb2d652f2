import { html, type Markup } from "./markup.ts";

export interface Frame {
  /** Where the sandbox is mounted, such as /sandbox. */
  prefix: string;
  title: string;
  current: "overview" | "mail" | "clock";
  body: Markup;
  /** Looks again by itself while there is something to wait for. */
  refreshSeconds?: number;
}

/** What all pages of the sandbox have around their content. */
export function pageFrame({ prefix, title, current, body, refreshSeconds }: Frame): Markup {
  const places = [
    { key: "overview", name: "Overview", url: prefix },
    { key: "mail", name: "Mailbox", url: `${prefix}/mail` },
    { key: "clock", name: "Clock", url: `${prefix}/clock` },
  ];
  const links = places.map(({ key, name, url }) =>
    key === current ? html`<a href="${url}" aria-current="page">${name}</a>` : html`<a href="${url}">${name}</a>`,
  );
  const refresh = refreshSeconds === undefined ? html`` : html`<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Gatehouse sandbox</title>
${refresh}<link rel="stylesheet" href="${prefix}/sandbox.css">
</head>
<body>
<header>
<a class="name" href="${prefix}">Gatehouse</a> <span class="badge">sandbox</span>
<nav aria-label="Sandbox">${links}</nav>
</header>
<main>
${body}
</main>
</body>
</html>
`;
}
