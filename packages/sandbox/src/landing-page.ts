import { html, type Markup } from "./markup.ts";
import { pageFrame } from "./page-frame.ts";

/** One thing that the sandbox offers. */
export interface SandboxPart {
  /** A word for programs, such as `api` or `mail`. */
  name: string;
  title: string;
  url: string;
  /** One sentence. */
  what: string;
}

/** The command that shows the life of a customer, step by step. */
export const TOUR = "npm run tour";

/** The first page that a newcomer sees: what is here, where, and what to try first. */
export function landingPage(prefix: string, origin: string, parts: readonly SandboxPart[]): Markup {
  const cards = parts.map(
    (part) => html`<li><a href="${part.url}">${part.title}</a><p>${part.what}</p><code>${part.url}</code></li>
`,
  );
  const pays = parts.some((part) => part.name === "stripe");
  return pageFrame({
    prefix,
    title: "Overview",
    current: "overview",
    body: html`<h1>Everything runs, and nothing leaves this machine</h1>
<p class="lead">Gatehouse takes a stranger to a verified, trialing, paying team. This is its sandbox: the real server on a real PostgreSQL,
with stand-ins for the outside. Mail lands in a mailbox here, Stripe is played with its test cards, and the clock goes forward
when you say so.</p>
<h2>See it first</h2>
<p>In a second terminal, in the project's folder. It lives the life of a customer over HTTP and tells each step:</p>
<pre><code>${TOUR}</code></pre>
<h2>What is here</h2>
<ul class="cards">
${cards}</ul>
<h2>Try it by hand</h2>
<ol class="steps">
<li>Register. The answer holds an access token.
<pre><code>${registerCommand(origin)}</code></pre></li>
<li>Open the <a href="${prefix}/mail">mailbox</a> and follow the link of the mail.</li>
<li>Move the <a href="${prefix}/clock">clock</a> by 14 days, and see what the trial's end changes.</li>
${pays ? payStep(prefix) : html``}</ol>
`,
  });
}

const payStep = (
  prefix: string,
): Markup => html`<li>Ask for a checkout (<code>POST /api/v1/billing/checkout-session</code>), open the URL that it gives, and pay with the
card 4242 4242 4242 4242. <a href="${prefix}/stripe">Stripe's page</a> shows what follows; there events can be held back, and payments fail.</li>
`;

function registerCommand(origin: string): string {
  const person = { email: "ada@example.com", password: "lantern-orbit-73-meadow", name: "Ada", transport: "body" };
  return `curl ${origin}/api/v1/auth/register \\\n  -H 'content-type: application/json' \\\n  -d '${JSON.stringify(person)}'`;
}
