import type { TrialRefusal } from "@gatehouse/core";
import type { MemberOf } from "../access/member-of.store.ts";
import { presentTrial } from "../access/present-trial.ts";
import type { App } from "../platform/app.ts";
import type { User } from "./users.store.ts";

/** The user as the wire shows them; from the row or from the cached facts. */
export const presentUser = (user: Omit<User, "passwordHash" | "passwordProvenAt"> & { hasPassword: boolean }) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  email_verified_at: user.emailVerifiedAt?.toISOString() ?? null,
  role_at_signup: user.roleAtSignup,
  locale: user.locale,
  has_password: user.hasPassword,
  created_at: user.createdAt.toISOString(),
});

/** What became of an invite that somebody who has a sign-in brought along. */
export interface InviteOutcome {
  readonly accepted: boolean;
  /** Why it was not accepted. */
  readonly code: string | null;
}

/** What every way in ends with: register, login, refresh. */
export interface SignIn {
  readonly user: User;
  readonly account: MemberOf;
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly invite?: InviteOutcome | null;
  /** Why the account that was just made has no trial; null or absent: it has one, or none was made. */
  readonly trialRefusal?: TrialRefusal | null;
}

/** @param inBody the refresh token goes into the answer and not into a cookie */
export async function presentSignIn(app: Pick<App, "tokens" | "config">, signIn: SignIn, inBody: boolean) {
  const { user, account, ...access } = await presentAccess(app, signIn);
  return {
    ...access,
    ...(inBody ? { refresh_token: signIn.refreshToken } : {}),
    user,
    account,
    ...inviteOf(signIn),
    ...trialOf(app, signIn),
  };
}

const inviteOf = ({ invite }: SignIn) => (invite ? { invite: { accepted: invite.accepted, code: invite.code } } : {});

const trialOf = (app: Pick<App, "config">, { trialRefusal }: SignIn) =>
  trialRefusal ? { trial: presentTrial(app.config, false, trialRefusal) } : {};

/** A new access token for a session, and whose it is. */
export async function presentAccess(app: Pick<App, "tokens">, signIn: Omit<SignIn, "refreshToken" | "invite" | "trialRefusal">) {
  const { token, expiresInSeconds } = await app.tokens.issue({
    userId: signIn.user.id,
    sessionId: signIn.sessionId,
    accountId: signIn.account.id,
  });
  const { id, name, slug, role } = signIn.account;
  return {
    access_token: token,
    token_type: "Bearer" as const,
    expires_in: expiresInSeconds,
    user: presentUser({ ...signIn.user, hasPassword: signIn.user.passwordHash !== null }),
    account: { id, name, slug, role },
  };
}
