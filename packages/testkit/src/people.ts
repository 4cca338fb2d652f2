import { auth } from "@gatehouse/contract";
import { addDays, parseEmail } from "@gatehouse/core";
import { inviteToken } from "@gatehouse/server/accounts/invite-link";
import { insertInvites, type NewInvite } from "@gatehouse/server/accounts/invites.store";
import { hashToken } from "@gatehouse/server/platform/ids";
import type { z } from "zod";
import { type TestServer, tokenIn } from "./test-server.ts";

type SignedIn = z.output<typeof auth.register.response>;

/** Somebody who is signed in. */
export interface Person {
  readonly user: SignedIn["user"];
  readonly account: SignedIn["account"];
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly email: string;
  readonly password: string;
}
export interface PersonOptions {
  readonly email?: string;
  readonly password?: string;
  readonly name?: string;
  readonly accountName?: string;
  readonly inviteToken?: string;
}

export const TEST_PASSWORD = "lantern-orbit-mosaic-22";
let people = 0;

/** An address that no other call in this file gives. */
export function nextEmail(): string {
  people += 1;
  return `person-${people}@example.com`;
}

/** Signs somebody up over the API; unverified, on trial, owner of an account. */
export async function registerPerson(server: Pick<TestServer, "client">, options: PersonOptions = {}): Promise<Person> {
  const email = options.email ?? nextEmail();
  const password = options.password ?? TEST_PASSWORD;
  const signedIn = await server.client().call(auth.register, {
    body: {
      email,
      password,
      name: options.name ?? "Ada Lovelace",
      transport: "body",
      ...(options.accountName === undefined ? {} : { account_name: options.accountName }),
      ...(options.inviteToken === undefined ? {} : { invite_token: options.inviteToken }),
    },
  });
  if (!("user" in signedIn)) throw new Error("the server answers by mail: this is for SIGNUP_ANSWER=session");
  return asPerson(signedIn, email, password);
}

/** Signs the person in once more, as another device would. */
export async function signIn(server: Pick<TestServer, "client">, person: Pick<Person, "email" | "password">): Promise<Person> {
  const { email, password } = person;
  return asPerson(await server.client().call(auth.login, { body: { email, password, transport: "body" } }), email, password);
}

function asPerson(signedIn: SignedIn, email: string, password: string): Person {
  const { user, account, access_token, refresh_token } = signedIn;
  return { user, account, accessToken: access_token, refreshToken: refresh_token ?? "", email, password };
}

/** Follows the link of the newest mail within the person's session, so that address and password are both proven. */
export async function verifyPerson(server: TestServer, person: Person): Promise<void> {
  const token = tokenIn(await server.mailTo(person.email));
  const headers = { authorization: `Bearer ${person.accessToken}` };
  await server.client().call(auth.verifyEmail, { body: { token } }, { headers });
}

/** Registers and verifies. */
export async function registerVerified(server: TestServer, options: PersonOptions = {}): Promise<Person> {
  const person = await registerPerson(server, options);
  await verifyPerson(server, person);
  return { ...person, user: { ...person.user, email_verified_at: server.clock.now().toISOString() } };
}

/** Writes an invite into the account of `inviter`, past seats and mail. @returns the token that its mail would carry */
export async function invite(
  { app }: Pick<TestServer, "app">,
  inviter: Pick<Person, "account" | "user">,
  email: string,
  options: { role?: NewInvite["role"]; lifeDays?: number } = {},
): Promise<string> {
  const address = parseEmail(email);
  if (!address.ok) throw new Error(`${email}: ${address.why}`);
  const id = app.ids.next();
  const token = inviteToken(app, id, 1);
  const now = app.clock.now();
  await app.db.asSystem("a test invites", (tx) =>
    insertInvites(tx, [
      {
        accountId: inviter.account.id,
        id,
        email,
        normalisedEmail: address.normalised,
        role: options.role ?? "member",
        tokenHash: hashToken(token),
        invitedBy: inviter.user.id,
        createdAt: now,
        expiresAt: addDays(now, options.lifeDays ?? 7),
      },
    ]),
  );
  return token;
}

/** Invites somebody new into the account of `inviter`, and registers them by it. */
export async function registerMember(server: TestServer, inviter: Person, options: { role?: NewInvite["role"] } = {}): Promise<Person> {
  const email = nextEmail();
  return registerPerson(server, { email, inviteToken: await invite(server, inviter, email, options) });
}
