import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendPage } from "../browser-request.ts";
import { html, type Markup } from "../markup.ts";
import { pageDocument } from "../page-frame.ts";
import type { PlayedOp } from "./op.ts";
import { type Choice, isTenant, type PlayedProvider } from "./people.ts";

/** The page on which a person says who they are: a preset, somebody typed, or nobody. Its fields are what tests and the tour send. */
export function consentRoutes(http: FastifyInstance, played: PlayedProvider, op: PlayedOp, leadsTo: readonly string[]): void {
  const at = `${played.path}/consent/:uid`;
  const style = `${played.path}/sandbox.css`;
  const sheet = readFileSync(join(import.meta.dirname, "..", "sandbox.css"), "utf8");
  http.get(style, (_request, reply) => reply.header("content-type", "text/css; charset=utf-8").send(sheet));
  const show = (reply: FastifyReply, why = ""): FastifyReply => sendPage(reply, consentPage(played, style, why), leadsTo);

  http.get(at, async (request, reply) => {
    const details = await detailsOf(op, request, reply);
    return details ? show(reply) : sendGone(reply, played, style);
  });
  http.post(at, async (request, reply) => {
    if (!(await detailsOf(op, request, reply))) return sendGone(reply, played, style);
    const form: Record<string, unknown> = Object(request.body);
    const result =
      form["deny"] === undefined ? chosen(played, op, form) : { error: "access_denied", error_description: "The person said no." };
    if (typeof result === "string") return show(reply.code(422), result);
    reply.hijack();
    return op.provider.interactionFinished(request.raw, reply.raw, result, { mergeWithLastSubmission: false });
  });
}

/** null: this sign-in is over, or was begun elsewhere. */
async function detailsOf({ provider }: PlayedOp, request: FastifyRequest, reply: FastifyReply): Promise<object | null> {
  try {
    return await provider.interactionDetails(request.raw, reply.raw);
  } catch {
    return null;
  }
}

/** @returns what is wrong with the form, in words; or who was chosen */
function chosen(played: PlayedProvider, op: PlayedOp, form: Readonly<Record<string, unknown>>) {
  const choice = readChoice(played, form);
  return typeof choice === "string" ? choice : { login: { accountId: op.choose(choice), remember: false }, select_account: {} };
}

function readChoice(played: PlayedProvider, form: Readonly<Record<string, unknown>>): Choice | string {
  const text = (name: string): string => {
    const value = form[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const preset = text("identity");
  if (preset !== "") return played.presets.find(({ key }) => key === preset) ?? `There is nobody called ${preset} here.`;
  const kind = text("kind") || (played.kinds[0]?.key ?? "");
  if (!played.kinds.some(({ key }) => key === kind)) return `There is no kind ${kind} here.`;
  const choice = { email: text("email"), name: text("name") || "Somebody", subject: text("subject"), kind, tenant: text("tenant") };
  if (!isTenant(choice.tenant)) return `There is no organisation ${choice.tenant} here: contoso, fabrikam, or a tenant's id.`;
  const isPlain = Object.values(choice).every((value) => value.length <= 320 && !/\p{Cc}/u.test(value));
  return isPlain ? choice : "Fields are plain text of at most 320 characters.";
}

function sendGone(reply: FastifyReply, played: PlayedProvider, style: string): FastifyReply {
  const body = html`<h1>This sign-in is over</h1>
<p class="lead">It was finished, took too long, or was begun in another browser. Go back to the product and press the button again.</p>
`;
  return sendPage(reply.code(410), frame(played, style, body));
}

const frame = (played: PlayedProvider, style: string, body: Markup): Markup =>
  pageDocument({
    style,
    title: `Sign in with ${played.name}`,
    header: html`<span class="name">${played.name}</span> <span class="badge">sandbox</span>`,
    body,
  });

function consentPage(played: PlayedProvider, style: string, why: string): Markup {
  const presets = played.presets.map(
    (preset) => html`<li><form method="post"><input type="hidden" name="identity" value="${preset.key}">
<button type="submit">${preset.email === "" ? preset.name : preset.email}</button> </form><p>${preset.what}</p></li>
`,
  );
  const kinds = played.kinds.map(({ key, what }) => html`<option value="${key}">${key}: ${what}</option>`);
  const tenant =
    played.id === "microsoft"
      ? html`<p><label for="tenant">Organisation: contoso, fabrikam, or a tenant's id</label> <input id="tenant" name="tenant" value="contoso"></p>`
      : html``;
  return frame(
    played,
    style,
    html`<h1>Who signs in with ${played.name}?</h1>
<p class="lead">This is the sandbox's ${played.name}: it speaks the real protocol, and lets you be whoever you like.</p>
${why === "" ? html`` : html`<p role="alert"><strong>${why}</strong></p>`}
<ul class="cards">
${presets}</ul>
<h2>Somebody else</h2>
<form method="post" class="card-form">
<p><label for="email">Email address; leave it empty for an account without one</label> <input id="email" name="email" type="text" autocomplete="off"></p>
<p><label for="name">Name</label> <input id="name" name="name" autocomplete="off"></p>
<p><label for="subject">Who they are for good; the same word with another address is the same person</label> <input id="subject" name="subject" autocomplete="off"></p>
<p><label for="kind">What ${played.name} knows of the address</label> <select id="kind" name="kind">${kinds}</select></p>
${tenant}
<p><button type="submit">Sign in</button></p>
</form>
<h2>Nobody</h2>
<form method="post"><input type="hidden" name="deny" value="1"><button type="submit">Do not allow it</button></form>
`,
  );
}
