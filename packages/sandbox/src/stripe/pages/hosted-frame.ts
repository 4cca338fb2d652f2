import { html, type Markup } from "../../markup.ts";
import { pageDocument, pageFrame } from "../../page-frame.ts";

/** Where the pages are registered. */
export interface Place {
  /** Such as /sandbox/stripe; empty where the stand-in serves them itself. */
  readonly prefix: string;
  /** Where the sandbox around them is, such as /sandbox; null: there is none. */
  readonly sandbox: string | null;
}

/** What a customer sees: no way into the sandbox's other pages, as at Stripe. */
export function hostedFrame(place: Place, title: string, body: Markup): Markup {
  const header = html`<span class="name">Stripe</span> <span class="badge">stand-in, test mode: no money moves</span>`;
  return pageDocument({ style: `${place.prefix}/sandbox.css`, title, header, body });
}

/** What whoever runs the sandbox sees. */
export function controlFrame(place: Place, title: string, body: Markup): Markup {
  if (place.sandbox !== null) return pageFrame({ prefix: place.sandbox, title, current: "stripe", body });
  return hostedFrame(place, title, body);
}

/** One sentence, where there is nothing to do but to read it and to go on. */
export function notePage(place: Place, title: string, detail: string, next: Markup = html``): Markup {
  return hostedFrame(
    place,
    title,
    html`<h1>${title}</h1>
<p class="lead">${detail}</p>
${next}`,
  );
}

/** Said first, read out, and focused: what became of the last try. */
export function alert(message: string | null): Markup {
  if (message === null) return html``;
  return html`<p class="alert" role="alert" tabindex="-1" autofocus>${message}</p>
`;
}

/** A link to where the merchant said; nothing where that is not a page. */
export function linkOut(url: string | null, text: string, look = "back"): Markup {
  if (url === null || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return html``;
  return html`<p><a class="${look}" href="${url}">${text}</a></p>
`;
}

export function challengePage(place: Place, action: string, what: string): Markup {
  return hostedFrame(
    place,
    "3-D Secure",
    html`<h1>3-D Secure 2 test page</h1>
<p class="lead">Here the bank of the card's holder would ask whether it is really them. ${what}</p>
<form method="post" action="${action}" class="row">
<button name="passes" value="true">Complete</button>
<button class="quiet" name="passes" value="false">Fail</button>
</form>
`,
  );
}
