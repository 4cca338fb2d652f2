import { parseEmail } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { UserError } from "../cli-error.ts";
import { endSessions } from "../identity/end-session.ts";
import { deleteIdentity, type Identity, listIdentities } from "../identity/identities.store.ts";
import { tellOfIdentity } from "../identity/tell-of-identity.ts";
import { findUserByEmail, type User } from "../identity/users.store.ts";
import type { Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { COMMAND_LINE, type Command } from "./context.ts";
import { withParts } from "./open-parts.ts";

export const identityList: Command = {
  name: "identity list",
  summary: "Show the accounts of providers that sign a user in",
  positionals: ["EMAIL"],
  options: {},
  examples: ["gatehouse identity list ada@example.com", "gatehouse identity list ada@example.com --json"],
  run: (context, [email = ""]) =>
    withParts(context, (parts) =>
      parts.db.asSystem("a person's ways in belong to no account", async (tx) => {
        const user = await userOf(tx, email);
        const identities = await listIdentities(tx, user.id);
        const lines = identities.map(
          ({ id, provider, email: told, connectedAt }) => `${id}  ${provider}  ${told ?? "no address"}  since ${connectedAt.toISOString()}`,
        );
        const password = user.passwordHash === null ? "no password" : "a password";
        return {
          text: [`${email} has ${password} and ${identities.length} of providers.`, ...lines].join("\n"),
          data: { user_id: user.id, has_password: user.passwordHash !== null, items: identities.map(presentIdentity) },
        };
      }),
    ),
};

export const identityRemove: Command = {
  name: "identity remove",
  summary: "Take an account of a provider from a user, so that its owner can connect another",
  details:
    "For somebody whose account at the provider was replaced by another with the same address (refused as identity_conflict). Make sure first that it is the\nsame person: whoever proves the address next gets in. Their sessions end, they are told by mail, and the reason is kept in the audit.",
  positionals: ["EMAIL", "IDENTITY"],
  options: { reason: { type: "string", description: "Why, for the audit; required" } },
  examples: ["gatehouse identity remove ada@example.com 01890000-0000-7000-8000-000000000000 --reason 'domain moved, ticket 17'"],
  run(context, [email = "", identityId = ""], options) {
    const reason = options["reason"];
    if (typeof reason !== "string" || reason.trim() === "") throw new UserError("Say why with --reason: it is kept in the audit.");
    return withParts(context, async (parts) => {
      await parts.jobs.start();
      return parts.db.asSystem("a person's ways in belong to no account", async (tx) => {
        const user = await userOf(tx, email);
        const identity = (await listIdentities(tx, user.id)).find(({ id }) => id === identityId);
        if (!identity) throw new UserError(`${email} has no such account; see gatehouse identity list ${email}`);
        const origin = { ip: null, userAgent: COMMAND_LINE };
        await deleteIdentity(tx, user.id, identity.id);
        await endSessions(parts, tx, { userId: user.id }, "identity_removed", origin);
        const details = { provider: identity.provider, reason: reason.slice(0, 500) };
        await audit(parts, tx, {
          accountId: null,
          actorUserId: null,
          action: "identity.removed",
          targetId: identity.id,
          details,
          ...origin,
        });
        await tellOfIdentity(parts, tx, user.id, "identity_removed", identity.provider, origin);
        await factsChanged(parts, tx, `user:${user.id}`);
        const next = "Who proves the address next, at a provider or by a reset mail, gets in.";
        return { text: `Removed. ${next}`, data: { user_id: user.id, removed: presentIdentity(identity) } };
      });
    });
  },
};

/** @throws UserError */
async function userOf(tx: Tx, typed: string): Promise<User> {
  const address = parseEmail(typed);
  if (!address.ok) throw new UserError(`${JSON.stringify(typed)} is no email address.`);
  const user = await findUserByEmail(tx, address.normalised);
  if (!user) throw new UserError(`No user has the address ${typed}.`);
  return user;
}

const presentIdentity = ({ id, provider, email, connectedAt, lastUsedAt }: Identity) => ({
  id,
  provider,
  email,
  connected_at: connectedAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null,
});
