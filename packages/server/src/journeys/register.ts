import { parseEmail } from "@gatehouse/core";
import { askByMail } from "../identity/ask-by-mail.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { sendResetLink } from "../identity/mail-links.ts";
import { checkPassword } from "../identity/password-rules.ts";
import type { SignIn } from "../identity/present-person.ts";
import { findUserByEmail, type User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { limitTries, sourceOf } from "../platform/rate-limit.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import { commitSignUp } from "./commit-sign-up.ts";
import { requireWayIn, type WayInTokens } from "./ways-in.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs" | "mail" | "stripe"> & {
  readonly hashes: HashGate;
};
export interface Registration extends WayInTokens {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly accountName: string | null;
  readonly origin: Origin;
  /** Marks the browser; asked only where the answer comes by mail. */
  markBrowser(): string;
}
interface Address {
  readonly email: string;
  readonly normalised: string;
}

/**
 * Sign-up by password. User, account, ownership, trial, session, verification token, history, audit and the mail's job commit together or
 * not at all (law 1). With an invite the person joins that account instead; with a ticket of the waitlist they get in whatever the mode. Both
 * prove the address by the mail that carried them.
 *
 * A taken address is refused, and its owner is told by mail; if that user never verified, the mail lets the address's owner throw it out.
 * With SIGNUP_ANSWER=mail nobody is told: every address gets the same answer after the same work, and the mail says what follows (EN-3).
 *
 * @returns null where the mail's link goes on
 * @throws Refusal email_taken | password_weak | signup_* | invite_* | waitlist_ticket_* | mail_not_configured | rate_limited | too_busy
 */
export async function register(app: Parts, input: Registration): Promise<SignIn | null> {
  const parsed = parseEmail(input.email);
  if (!parsed.ok) return refuse("invalid_request", { problems: [{ at: "body.email", why: parsed.why }] });
  const address = { email: input.email, normalised: parsed.normalised };
  checkPassword(input.password, { email: input.email, name: input.name, productName: app.catalogue.productName });
  await limitTries(app, [
    { name: "register.source", limit: 100, windowSeconds: 3600, key: sourceOf(input.origin.ip) },
    { name: "register.address", limit: 5, windowSeconds: 3600, key: address.normalised },
  ]);
  // The token of an invite or a ticket came by mail to the address itself: there is nothing left to hide from who holds it.
  const hasToken = input.inviteToken !== null || input.waitlistToken !== null;
  if (app.config.signupAnswer === "mail" && !hasToken) return registerByMail(app, address, input);
  await lookFirst(app, address, input);
  const passwordHash = await app.hashes.hash(input.password);
  const outcome = await app.db.asSystem("sign-up: the account is made here, or the invite names it", (tx) =>
    signUp(app, tx, address, passwordHash, input),
  );
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}

async function registerByMail(app: Parts, address: Address, input: Registration): Promise<null> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const browser = input.markBrowser();
  const passwordHash = await app.hashes.hash(input.password);
  await app.db.asSystem("sign-up: nobody is known yet", async (tx) => {
    await requireWayIn(app, tx, address.normalised, input);
    await askByMail(app, tx, {
      email: address.email,
      normalisedEmail: address.normalised,
      name: input.name,
      accountName: input.accountName,
      passwordHash,
      identity: null,
      browser,
      returnTo: null,
      invite: null,
      origin: input.origin,
    });
  });
  return null;
}

/** Refuses what needs no hash: a shut door, a dead invite or ticket, a taken address. What is found here is asked again under the locks. */
async function lookFirst(app: Parts, address: Address, input: Registration): Promise<void> {
  const refusal = await app.db.asSystem("sign-up: nobody is known yet", async (tx) => {
    await requireWayIn(app, tx, address.normalised, input);
    const taken = await findUserByEmail(tx, address.normalised);
    return taken ? tellOwner(app, tx, taken, input.origin) : null;
  });
  if (refusal) throw refusal;
}

async function signUp(app: Parts, tx: Tx, address: Address, passwordHash: string, input: Registration): Promise<SignIn | Refusal> {
  const way = await requireWayIn(app, tx, address.normalised, input);
  const { name, accountName } = input;
  const person = { email: address.email, normalisedEmail: address.normalised, name, accountName, passwordHash, identity: null };
  // The token came by mail to this address: whoever holds it set this password (mechanism 7).
  const proven = way.invite !== null || way.ticket !== null;
  const signIn = await commitSignUp(app, tx, { ...person, proven }, way, input.origin);
  if (signIn) return signIn;
  const taken = await findUserByEmail(tx, address.normalised);
  return taken ? tellOwner(app, tx, taken, input.origin) : new Refusal("email_taken");
}

/** The owner of a taken address hears of the attempt; the mail's job and the trace are kept, the refusal is thrown after (mechanism 8). */
async function tellOwner(app: Parts, tx: Tx, owner: User, origin: Origin): Promise<Refusal> {
  if (owner.emailVerifiedAt === null) await sendResetLink(app, tx, "claim", owner, origin);
  else
    await app.jobs.enqueue(tx, "mail.email_taken", {
      userId: owner.id,
      noticeId: app.ids.next(),
      ip: origin.ip,
      userAgent: origin.userAgent,
    });
  await audit(app, tx, {
    accountId: null,
    actorUserId: null,
    action: "user.register_refused",
    targetId: owner.id,
    details: { code: "email_taken" },
    ...origin,
  });
  return new Refusal("email_taken");
}
