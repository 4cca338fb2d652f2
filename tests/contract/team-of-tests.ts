import { insertIdentity } from "@gatehouse/server/identity/identities.store";
import {
  invite,
  nextEmail,
  offerTo,
  type Person,
  registerMember,
  registerVerified,
  signIn,
  TEST_PASSWORD,
  type TestDatabase,
  type TestServer,
} from "@gatehouse/testkit";
import { treeBody } from "../laws/tree-of-tests.ts";

/** An account that has two of everything that can be had, so that each list has a second page. */
export interface Team {
  readonly owner: Person;
  readonly member: Person;
  /** What its things are called in paths and bodies. */
  readonly ids: Readonly<Record<Thing, string>>;
  /** The link's token of an open invite to an address that has no user. */
  readonly inviteToken: string;
  /** Of a ticket with a plan, to an address that has no user. */
  readonly ticketToken: string;
}
export type Thing = "account" | "membership" | "invite" | "session" | "identity" | "tree" | "run" | "checkout";

/** @param label goes into every name of it, so that one can tell whose a text is */
export async function openTeam(server: TestServer, label: string): Promise<Team> {
  const owner = await registerVerified(server, { name: `${label} owner`, accountName: `${label} account` });
  const member = await registerMember(server, owner);
  const invited = nextEmail();
  const inviteToken = await invite(server, owner, invited);
  await invite(server, owner, nextEmail());
  const make = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await server.request("POST", path, { token: owner.accessToken, ...(body ? { body } : {}) });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const [tree] = [await make("/trees", treeBody(`${label} tree`)), await make("/trees", treeBody(`${label} second tree`))];
  const [run] = [await make(`/trees/${tree["id"]}/sessions`), await make(`/trees/${tree["id"]}/sessions`)];
  const { sessionId } = await server.app.tokens.verify((await signIn(server, owner)).accessToken);
  const membership = await idOf(server.database, "select id from memberships where user_id = $1", member.user.id);
  await make("/accounts/me/transfer-ownership", { member_id: membership, password: TEST_PASSWORD });
  const checkout = await make("/billing/checkout-session", { plan: "pro" });
  const team = {
    account: owner.account.id,
    membership,
    invite: await idOf(server.database, "select id from account_invites where email = $1", invited),
    session: sessionId,
    identity: await connectGoogle(server, owner),
    tree: String(tree["id"]),
    run: String(run["id"]),
    checkout: String(checkout["session_id"]),
  };
  const { token: ticketToken } = await offerTo(server, nextEmail(), { plan: "team", until: null });
  await server.settle();
  return { owner, member, ids: team, inviteToken, ticketToken };
}

async function idOf(database: TestDatabase, sql: string, parameter: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(sql, [parameter]);
  if (!row) throw new Error(`nothing for ${sql}`);
  return row.id;
}

/** Into the table: no provider is set up here. @returns the identity's id */
async function connectGoogle(server: TestServer, { user }: Person): Promise<string> {
  const id = server.app.ids.next();
  await server.app.db.asSystem("a test connects an account of a provider", (tx) =>
    insertIdentity(
      tx,
      user.id,
      { id, provider: "google", issuer: "https://issuer.example", subject: id, email: null, tenant: null },
      server.clock.now(),
    ),
  );
  return id;
}

/** The person joins the team as an owner, beside what else they are in. Into the table: nobody is made an owner by an invite. */
export async function joinAsOwner(server: TestServer, { user }: Person, { ids }: Team): Promise<void> {
  await server.database.query("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, 'owner', $4)", [
    ids.account,
    server.app.ids.next(),
    user.id,
    server.clock.now(),
  ]);
}

/**
 * Every row of the account and of the people in it, as text, by table; with where each row stands, so that writing it again shows.
 * @param without a user whose own rows do not count
 */
export async function rowsOf(database: TestDatabase, accountId: string, without = ""): Promise<Readonly<Record<string, string>>> {
  const members = await database.query<{ id: string }>("select user_id as id from memberships where account_id = $1", [accountId]);
  const people = members.map(({ id }) => id).filter((id) => id !== without);
  const tables = await database.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text) as columns from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname in ('account_id', 'user_id') and not a.attisdropped
     group by c.relname`,
  );
  const of: Record<string, string> = { accounts: "id = $1", users: "id = any($2)" };
  for (const { name, columns } of tables)
    of[name] = [
      ...(columns.includes("account_id") ? ["account_id = $1"] : []),
      ...(columns.includes("user_id") ? ["user_id = any($2)"] : []),
    ].join(" or ");
  const rows: Record<string, string> = {};
  for (const [table, condition] of Object.entries(of).sort()) {
    const [row] = await database.query<{ text: string }>(
      `select coalesce(string_agg(concat_ws(' ', ctid, xmin, to_jsonb(t)), E'\\n' order by ctid), '') as text
       from "${table}" t where $1::uuid is not null and $2::uuid[] is not null and (${condition})`,
      [accountId, people],
    );
    rows[table] = row?.text ?? "";
  }
  return rows;
}

const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

/** What must be in no answer to anybody else: each id, address and name in the team's rows. @param reader who may read of themself */
export async function marksOf(database: TestDatabase, team: Team, reader: Person): Promise<ReadonlySet<string>> {
  const text = Object.values(await rowsOf(database, team.ids.account, reader.user.id)).join("\n");
  const { account, user } = team.owner;
  const names = [account.name, account.slug, user.name, team.owner.email, team.member.email, team.ids.checkout, team.inviteToken];
  const invited = [...text.matchAll(/"email": "([^"]+)"/g)].map((match) => match[1] ?? "");
  const marks = new Set([...(text.match(UUID) ?? []), ...names, ...invited]);
  for (const own of [reader.user.id, reader.email]) marks.delete(own);
  return marks;
}
