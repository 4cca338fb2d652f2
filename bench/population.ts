import { ARGON2ID } from "@gatehouse/server/identity/hash-gate";
import { openAccessTokens } from "@gatehouse/server/platform/access-tokens";
import { systemClock } from "@gatehouse/server/platform/clock";
import { openDb } from "@gatehouse/server/platform/db";
import { randomIds } from "@gatehouse/server/platform/ids";
import { openLog } from "@gatehouse/server/platform/log";
import { secretsFrom } from "@gatehouse/server/platform/secrets";
import { openSignals } from "@gatehouse/server/platform/signals";
import { hash } from "@node-rs/argon2";
import { BASE_URL, SECRET } from "./processes/server-process.ts";

type Query = (sql: string, parameters?: readonly unknown[]) => Promise<unknown>;

/** The people of a database: each owns an account in its trial, with one tree and one session. */
export interface Population {
  readonly accounts: number;
  /** Access tokens of `count` of them, evenly spread over all. They live ten minutes. */
  tokens(count: number): Promise<string[]>;
  /** Puts the people `2` to `count + 1` into the account of the first one, beside their own. @returns its owner's token, and theirs in it */
  team(count: number): Promise<{ owner: string; members: { id: string; token: string }[] }>;
  emailOf(person: number): string;
  /** Somebody without a password, who signs in with Google; 1 to `STRANGERS_TO_PASSWORDS`. */
  emailWithoutPassword(person: number): string;
  /** The id of a person's tree. */
  treeOf(person: number): string;
  /** The first person, now one of the operators. @returns their token */
  operator(): Promise<string>;
}

/** Of everybody. */
export const PASSWORD = "thicket-saddle-58-ember";
export const STRANGERS_TO_PASSWORDS = 500;
const TOKEN_SECONDS = 600;
const KINDS = {
  user: "0001",
  account: "0002",
  membership: "0003",
  trial: "0004",
  session: "0005",
  tree: "0006",
  fact: "0007",
  passwordless: "0008",
  joined: "0009",
};
type Kind = keyof typeof KINDS;

/** Ids that can be told from the number of a person, in the form and the order of UUIDv7. */
const idOf = (kind: Kind, person: number): string => `01900000-${KINDS[kind]}-7000-8000-${person.toString(16).padStart(12, "0")}`;
const idInSql = (kind: Kind): string => `('01900000-${KINDS[kind]}-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

/** Plants the accounts in bulk, where a request each would take hours, then lets the planner know of them. */
export async function plant(query: Query, serverUrl: string, accounts: number): Promise<Population> {
  const passwordHash = await hash(PASSWORD, ARGON2ID);
  const people = `from generate_series(1, ${accounts}) n`;
  const values: Readonly<Record<string, string>> = {
    "users (id, email, email_normalised, name, password_hash, created_at, updated_at)": `${idInSql("user")}, 'person' || n || '@example.com', 'person' || n || '@example.com', 'Person ' || n, $1, now(), now()`,
    "accounts (id, name, slug, created_at, updated_at)": `${idInSql("account")}, 'Team ' || n, 'team-' || n, now(), now()`,
    "memberships (account_id, id, user_id, role, created_at)": `${idInSql("account")}, ${idInSql("membership")}, ${idInSql("user")}, 'owner', now()`,
    "trials (account_id, id, plan, starts_at, ends_at)": `${idInSql("account")}, ${idInSql("trial")}, 'pro', now(), now() + interval '14 days'`,
    "sessions (id, user_id, ip, created_at, last_seen_at, expires_at)": `${idInSql("session")}, ${idInSql("user")}, '127.0.0.1', now(), now(), now() + interval '90 days'`,
    "access_history (account_id, id, kind, subject_id, value, valid_from, recorded_at, cause)": `${idInSql("account")}, ${idInSql("fact")}, 'trial', 'planted', '{"plan": "pro"}', now(), now(), 'user.registered'`,
    "trees (account_id, id, title, document, node_count, version, created_by, created_at, updated_at)": `${idInSql("account")}, ${idInSql("tree")}, 'No network', $1, 2, 1, ${idInSql("user")}, now(), now()`,
  };
  for (const [into, what] of Object.entries(values)) {
    const parameters = what.includes("$1") ? [into.startsWith("trees") ? TREE : passwordHash] : [];
    await query(`insert into ${into} select ${what} ${people}`, parameters);
  }
  const without = `from generate_series(1, ${STRANGERS_TO_PASSWORDS}) n`;
  await query(
    `insert into users (id, email, email_normalised, name, password_hash, created_at, updated_at)
     select ${idInSql("passwordless")}, 'google' || n || '@example.com', 'google' || n || '@example.com', 'Person', null, now(), now() ${without}`,
  );
  await query(
    `insert into oauth_identities (id, provider, issuer, subject, user_id, created_at)
     select ${idInSql("passwordless")}, 'google', 'https://accounts.google.com', n, ${idInSql("passwordless")}, now() ${without}`,
  );
  await query("vacuum analyze");
  await query("checkpoint");
  return {
    accounts,
    emailOf: (person) => `person${person}@example.com`,
    emailWithoutPassword: (person) => `google${person}@example.com`,
    treeOf: (person) => idOf("tree", person),
    tokens: (count) =>
      issueTokens(
        serverUrl,
        spreadOver(accounts, count).map((person) => ({ person, account: person })),
      ),
    async operator() {
      await query("update users set is_operator = true, email_verified_at = now() where id = $1", [idOf("user", 1)]);
      const [token = ""] = await issueTokens(serverUrl, [{ person: 1, account: 1 }]);
      return token;
    },
    async team(count) {
      await query(
        `insert into memberships (account_id, id, user_id, role, created_at)
         select $1, ${idInSql("joined")}, ${idInSql("user")}, 'member', now() from generate_series(2, ${count + 1}) n`,
        [idOf("account", 1)],
      );
      const people = Array.from({ length: count + 1 }, (_, place) => 1 + place);
      const [owner = "", ...members] = await issueTokens(
        serverUrl,
        people.map((person) => ({ person, account: 1 })),
      );
      return { owner, members: members.map((token, place) => ({ id: idOf("joined", place + 2), token })) };
    },
  };
}

const TREE = JSON.stringify({
  root: "cable",
  nodes: [
    { id: "cable", kind: "action", text: "Is the cable in? Put it in.", next: "done" },
    { id: "done", kind: "answer", text: "The network is back." },
  ],
});

/** `count` of 1 to `accounts`, evenly; the same ones at each call. */
export const spreadOver = (accounts: number, count: number): number[] =>
  Array.from({ length: count }, (_, place) => 1 + Math.floor((place * accounts) / count));

/** Signs tokens with the key of the database, as a server does after a sign-in, without the hash that a sign-in costs. */
async function issueTokens(serverUrl: string, callers: readonly { person: number; account: number }[]): Promise<string[]> {
  const clock = systemClock();
  const log = openLog({ level: "error", now: clock.wall });
  const db = openDb({ url: serverUrl, poolMax: 1, onLostConnection: () => undefined });
  try {
    const tokens = openAccessTokens({
      db,
      clock,
      ids: randomIds(clock),
      secrets: secretsFrom(SECRET),
      signals: openSignals({ url: serverUrl, db, log }),
      config: { baseUrl: BASE_URL, accessTokenSeconds: TOKEN_SECONDS },
    });
    const issued: string[] = [];
    for (const { person, account } of callers) {
      const claims = { userId: idOf("user", person), sessionId: idOf("session", person), accountId: idOf("account", account) };
      issued.push((await tokens.issue(claims)).token);
    }
    return issued;
  } finally {
    await db.close();
  }
}
