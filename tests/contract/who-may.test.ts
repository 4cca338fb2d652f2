import { invite, nextEmail, openTestServer, type Person, registerMember, registerVerified, type TestServer } from "@gatehouse/testkit";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { treeBody } from "../laws/tree-of-tests.ts";
import { catalogueRows } from "./who-may-catalogue.ts";
import { rowsOfOperators } from "./who-may-of-operators.ts";
import {
  CALLERS,
  type Caller,
  everybody,
  managing,
  NO_SESSION,
  operating,
  ours,
  owning,
  paying,
  type Row,
  signedIn,
} from "./who-may-rows.ts";

let server: TestServer;
let tokens: Record<Caller, string | null>;
let mine: {
  tree: string;
  session: string;
  run: string;
  ended: string;
  viewers: string;
  owners: string;
  account: string;
  person: string;
  sent: string;
  unwanted: string;
  lead: string;
};
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  const owner = await registerVerified(server);
  const stranger = await registerVerified(server);
  const operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  const [viewer, member, admin, removed] = [
    await registerMember(server, owner, { role: "viewer" }),
    await registerMember(server, owner, { role: "member" }),
    await registerMember(server, owner, { role: "admin" }),
    await registerMember(server, owner, { role: "member" }),
  ];
  await server.database.query("delete from memberships where user_id = $1", [removed.user.id]);
  const of = (person: Person) => person.accessToken;
  await plantOverrides(server, owner.account.id, { features: { sso: { value: true } }, limits: { max_trees: { value: 100 } } });
  tokens = {
    nobody: null,
    stranger: of(stranger),
    removed: of(removed),
    viewer: of(viewer),
    member: of(member),
    admin: of(admin),
    owner: of(owner),
    operator: of(operator),
  };
  const { sessionId } = await server.app.tokens.verify(owner.accessToken);
  const tree = await server.request<{ id: string }>("POST", "/trees", { token: owner.accessToken, body: treeBody() });
  const start = async () =>
    (await server.request<{ id: string }>("POST", `/trees/${tree.body.id}/sessions`, { token: owner.accessToken })).body.id;
  const memberships = await server.database.query("select id, user_id from memberships where account_id = $1", [owner.account.id]);
  const membershipOf = ({ user }: Person) => String(memberships.find((row) => row["user_id"] === user.id)?.["id"]);
  mine = {
    tree: tree.body.id,
    session: sessionId,
    run: await start(),
    ended: await start(),
    viewers: membershipOf(viewer),
    owners: membershipOf(owner),
    account: owner.account.id,
    person: owner.user.id,
    sent: await inviteOf(owner),
    unwanted: await inviteOf(owner),
    lead: await leadOf(owner),
  };
});
afterAll(() => server.close());

async function inviteOf(owner: Person): Promise<string> {
  const email = nextEmail();
  await invite(server, owner, email);
  const [row] = await server.database.query<{ id: string }>("select id from account_invites where email = $1", [email]);
  return row?.id ?? "";
}

async function leadOf({ email, accessToken }: Person): Promise<string> {
  await server.request("POST", "/sales-leads", { token: accessToken, body: { name: "Ada", email, message: "Hello" } });
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads where email = $1", [email]);
  return row?.id ?? "";
}

const tree =
  (suffix = "") =>
  () =>
    `/api/v1/trees/${mine.tree}${suffix}`;
const run =
  (suffix = "") =>
  () =>
    `/api/v1/sessions/${mine.run}${suffix}`;
const lead =
  (suffix = "") =>
  () =>
    `/api/v1/admin/leads/${mine.lead}${suffix}`;
const address = { email: "nobody@example.com" };
const TOKEN = "A".repeat(43);

/** A row for each route that is served; a route without one fails below. */
const MATRIX: Readonly<Record<string, Row>> = {
  "post /api/v1/auth/register": everybody(422, { ...address, name: "Ada", password: "password" }),
  "post /api/v1/auth/login": everybody(401, { ...address, password: "walnut-harbor-comet-57" }),
  "post /api/v1/auth/refresh": everybody(401, { refresh_token: TOKEN }),
  "post /api/v1/auth/logout": everybody(204, { refresh_token: TOKEN }),
  "post /api/v1/auth/email/verify": everybody(404, { token: TOKEN }),
  "post /api/v1/auth/email/resend": everybody(202, address),
  "post /api/v1/auth/password/forgot": everybody(202, address),
  "post /api/v1/auth/password/reset": everybody(404, { token: TOKEN, password: "walnut-harbor-comet-57" }),
  "post /api/v1/auth/password/change": signedIn(403, { current_password: "wrong", new_password: "walnut-harbor-comet-57" }),
  "get /api/v1/auth/sessions": signedIn(200),
  "delete /api/v1/auth/sessions/{id}": {
    // A session is a person's, and not even the account's owner ends another's; the owner's own is not ended here.
    path: () => `/api/v1/auth/sessions/${mine.session.replace(/.$/, (last) => (last === "0" ? "1" : "0"))}`,
    else: 404,
    except: NO_SESSION,
  },
  "post /api/v1/auth/email/confirm": everybody(404, { token: TOKEN }),
  // No provider is set up here, and that is told before anything else.
  "get /api/v1/auth/providers": everybody(200),
  "get /api/v1/auth/{provider}/start": { path: () => "/api/v1/auth/google/start", else: 503 },
  "post /api/v1/auth/{provider}/callback": { path: () => "/api/v1/auth/google/callback", body: { code: "1", state: "2" }, else: 503 },
  "post /api/v1/auth/{provider}/connect": {
    path: () => "/api/v1/auth/google/connect",
    body: { password: "wrong" },
    else: 503,
    except: NO_SESSION,
  },
  "get /api/v1/me/identities": signedIn(200),
  // A way in is a person's, and needs their password.
  "delete /api/v1/me/identities/{id}": {
    path: () => "/api/v1/me/identities/01890000-0000-7000-8000-000000000000",
    body: { password: "wrong" },
    else: 403,
    except: NO_SESSION,
  },
  "get /api/v1/me": signedIn(200),
  "patch /api/v1/me": signedIn(200, { name: "Somebody Else" }),
  "delete /api/v1/me": signedIn(403, { password: "wrong" }),
  "get /api/v1/accounts/me": signedIn(200),
  // Owners and admins answer for the company; a stranger is the owner of an account of their own.
  "patch /api/v1/accounts/me": { body: { industry: "Mathematics" }, else: 200, except: { ...NO_SESSION, viewer: 403, member: 403 } },
  // Everything at once: for those who answer for the account.
  "get /api/v1/accounts/me/export": { else: 200, except: { ...NO_SESSION, viewer: 403, member: 403 } },
  "get /api/v1/accounts/me/members": signedIn(200),
  // The role that the viewer has already: whoever may change it changes nothing.
  "patch /api/v1/accounts/me/members/{id}": ours(
    { path: () => `/api/v1/accounts/me/members/${mine.viewers}`, body: { role: "viewer" }, else: 200 },
    { viewer: 403, member: 403 },
  ),
  // Nobody takes out who stands above them, and the last owner does not go.
  "delete /api/v1/accounts/me/members/{id}": ours({ path: () => `/api/v1/accounts/me/members/${mine.owners}`, else: 403 }, { owner: 409 }),
  // Owners, of whatever account, are asked for their password first; the others may not.
  "post /api/v1/accounts/me/transfer-ownership": {
    body: { member_id: "01890000-0000-7000-8000-000000000000", password: "wrong" },
    else: 403,
    except: NO_SESSION,
  },
  "get /api/v1/accounts/me/transfer-ownership": signedIn(200),
  "delete /api/v1/accounts/me/transfer-ownership": signedIn(204),
  "post /api/v1/accounts/me/transfer-ownership/accept": signedIn(404),
  "get /api/v1/accounts": signedIn(200),
  "post /api/v1/accounts/switch": {
    path: () => "/api/v1/accounts/switch",
    body: () => ({ account_id: mine.account }),
    else: 200,
    except: { ...NO_SESSION, stranger: 404, operator: 404 },
  },
  // The name is not typed rightly: whoever may delete their account is told so.
  "delete /api/v1/accounts/me": { ...owning(422), body: { confirm: "not its name" } },
  "post /api/v1/accounts/me/restore": owning(200),
  "get /api/v1/accounts/me/audit": managing(200),
  "get /api/v1/accounts/me/invites": managing(200),
  // The admin comes first here, and the owner finds the address invited.
  "post /api/v1/accounts/me/invites": managing(201, { owner: 409 }, { email: "katherine@example.com" }),
  "post /api/v1/accounts/me/invites/bulk": managing(200, {}, { rows: [{ email: "no address" }] }),
  "post /api/v1/accounts/me/invites/{id}/resend": {
    ...managing(200, { stranger: 404, operator: 404 }),
    path: () => `/api/v1/accounts/me/invites/${mine.sent}/resend`,
  },
  "delete /api/v1/accounts/me/invites/{id}": {
    ...managing(204, { stranger: 404, operator: 404 }),
    path: () => `/api/v1/accounts/me/invites/${mine.unwanted}`,
  },
  "get /api/v1/invites/{token}": { ...everybody(404), path: () => `/api/v1/invites/${TOKEN}` },
  "post /api/v1/invites/{token}/accept": { ...signedIn(404, {}), path: () => `/api/v1/invites/${TOKEN}/accept` },
  "get /api/v1/onboarding": signedIn(200),
  "patch /api/v1/onboarding": {
    body: { step: "company", industry: "Mathematics" },
    else: 200,
    except: { ...NO_SESSION, viewer: 403, member: 403 },
  },
  "get /api/v1/billing/state": signedIn(200),
  "get /api/v1/access/explain": signedIn(200),
  // Billing is dark here: whoever may pay is told so, and the others that they may not.
  "post /api/v1/billing/checkout-session": paying({ plan: "pro" }),
  "post /api/v1/billing/portal-session": paying({}),
  "get /api/v1/billing/invoices": paying(),
  "post /api/v1/billing/sync": paying({}),
  "patch /api/v1/billing/subscription": paying({ seats: 5 }),
  // No session lets anybody in: Stripe's signature does, and here it has no secret yet.
  "post /api/v1/webhooks/stripe": everybody(503, {}),
  "post /api/v1/waitlist": everybody(202, address),
  "delete /api/v1/waitlist/{token}": { ...everybody(404), path: () => `/api/v1/waitlist/${TOKEN}` },
  "get /api/v1/waitlist/tickets/{token}": { ...everybody(404), path: () => `/api/v1/waitlist/tickets/${TOKEN}` },
  "post /api/v1/waitlist/tickets/{token}/accept": {
    ...signedIn(404, { account_name: "Another Team" }),
    path: () => `/api/v1/waitlist/tickets/${TOKEN}/accept`,
  },
  "get /api/v1/admin/waitlist": operating(200),
  "post /api/v1/admin/waitlist/invite": operating(200, { body: { count: 1, reason: "a test" } }),
  // Nobody by this id is on it, and that comes last.
  "post /api/v1/admin/waitlist/{id}/resend": {
    ...operating(404, { body: { reason: "a test" } }),
    path: () => "/api/v1/admin/waitlist/01890000-0000-7000-8000-000000000000/resend",
  },
  ...rowsOfOperators(() => mine),
  "post /api/v1/sales-leads": everybody(202, { ...address, name: "Ada", message: "Hello" }),
  "get /api/v1/admin/leads": operating(200),
  "get /api/v1/admin/leads/export": operating(200),
  "get /api/v1/admin/leads/{id}": operating(200, { path: lead() }),
  "patch /api/v1/admin/leads/{id}": operating(200, { path: lead(), body: { state: "contacted", version: 1, reason: "a test" } }),
  "post /api/v1/admin/leads/{id}/notes": operating(201, { path: lead("/notes"), body: { text: "a note" } }),
  // There is no such plan, and that comes last.
  "post /api/v1/admin/leads/{id}/convert": operating(422, {
    path: lead("/convert"),
    body: { plan: "no_plan", until: null, reason: "a test" },
  }),
  // Nobody was invited, and that comes last.
  "post /api/v1/admin/leads/{id}/invitation/resend": operating(409, {
    path: lead("/invitation/resend"),
    body: { version: 2, reason: "a test" },
  }),
  "delete /api/v1/admin/leads/{id}/invitation": operating(409, { path: lead("/invitation"), body: { version: 2, reason: "a test" } }),
  ...catalogueRows(() => mine.account),
  "get /api/v1/trees": signedIn(200),
  "post /api/v1/trees": { else: 201, body: treeBody(), except: { ...NO_SESSION, viewer: 403 } },
  "get /api/v1/trees/{id}": ours({ path: tree(), else: 200 }),
  "get /api/v1/trees/{id}/export": ours({ path: tree("/export"), else: 200 }),
  // Whoever may edit read version 7, and is told of the newer one.
  "put /api/v1/trees/{id}": ours({ path: tree(), body: { version: 7, ...treeBody() }, else: 409 }, { viewer: 403 }),
  "delete /api/v1/trees/{id}": {
    path: () => "/api/v1/trees/01890000-0000-7000-8000-000000000000",
    else: 404,
    except: { ...NO_SESSION, viewer: 403 },
  },
  "post /api/v1/trees/{id}/sessions": ours({ path: tree("/sessions"), else: 201 }, { viewer: 403 }),
  "get /api/v1/sessions": signedIn(200),
  "get /api/v1/sessions/{id}": ours({ path: run(), else: 200 }),
  // Whoever may go on saw seven steps, and is told how it stands.
  "post /api/v1/sessions/{id}/steps": ours({ path: run("/steps"), body: { step: 7, answer: "Yes" }, else: 409 }, { viewer: 403 }),
  "post /api/v1/sessions/{id}/end": ours(
    { path: () => `/api/v1/sessions/${mine.ended}/end`, body: { outcome: "resolved" }, else: 200 },
    { viewer: 403 },
  ),
};

const served = (): string[] =>
  Object.entries(Object(server.gatehouse.openApi).paths).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => `${method} ${path}`),
  );

test("every route that is served has its row, and no row is of a route that is gone", () => {
  expect(served().sort()).toEqual(Object.keys(MATRIX).sort());
});

test.each(Object.entries(MATRIX))("%s answers each caller as the table says", async (route, row) => {
  const [method = "", path = ""] = route.split(" ");
  const expected: Record<string, number> = {};
  const answered: Record<string, number> = {};
  for (const caller of CALLERS) {
    const token = tokens[caller];
    const answer = await server.request(method.toUpperCase(), row.path?.() ?? path, {
      ...(token ? { token } : {}),
      ...(row.body ? { body: typeof row.body === "function" ? row.body() : row.body } : {}),
    });
    expected[caller] = row.except?.[caller] ?? row.else;
    answered[caller] = answer.status;
  }
  expect(answered).toEqual(expected);
});
