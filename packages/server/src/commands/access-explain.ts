import { parseEmail, type Role } from "@gatehouse/core";
import { entriesOf } from "../access/history.store.ts";
import { findPerson, loadAccountHeads } from "../admin/account-search.store.ts";
import { explainFor } from "../admin/explain-for.ts";
import { UserError } from "../cli-error.ts";
import { findUserByEmail } from "../identity/users.store.ts";
import type { Tx } from "../platform/app.ts";
import { onAccount, withPolicy } from "./accounts.ts";
import type { Command } from "./context.ts";
import { instantOption } from "./read-options.ts";
import { sayExplain } from "./say-explain.ts";

const REASON = "an operator asks why somebody of another account was shut out";

export const accessExplain: Command = {
  name: "access explain",
  summary: "Say why somebody is shut out of an account or let in, now or at another moment",
  details:
    "The verdict, the guards, each flag and limit with what decided it, and the history of the facts: what GET /access/explain answers\nthe person, as operators are told it. Of a moment that is over it says what was answered then, by what was recorded then.",
  positionals: ["ACCOUNT"],
  options: {
    user: { type: "string", description: "The address of whom it is about; without it, whose address ACCOUNT is, or the first owner" },
    at: { type: "string", description: "Another moment, past or to come, with its zone" },
  },
  examples: [
    "gatehouse access explain ada@example.com",
    "gatehouse access explain analytical-engines-0123456789 --user grace@example.com --at 2026-03-01T09:30:00Z",
    "gatehouse access explain analytical-engines-0123456789 --json",
  ],
  run: (context, [named = ""], options) => {
    const asked = instantOption(options, "at");
    const email = options["user"];
    return onAccount(context, named, async (parts, accountId) => {
      const person = await parts.db.asSystem(REASON, (tx) => whoIsMeant(tx, accountId, { email, named }));
      const now = parts.clock.now();
      const at = asked ?? now;
      const explained = await explainFor(withPolicy(parts), accountId, person.userId, at);
      const text = sayExplain(explained, {
        person: `${person.name} <${person.email}>`,
        account: person.accountName,
        role: person.role,
        when: at < now ? "past" : at > now ? "future" : "now",
      });
      return { text, data: explained };
    });
  },
};

interface Meant {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly accountName: string;
}

/** @throws UserError where it is nobody of the account */
async function whoIsMeant(
  tx: Tx,
  accountId: string,
  { email, named }: { readonly email: unknown; readonly named: string },
): Promise<Meant> {
  if (typeof email === "string") return memberOf(tx, accountId, email);
  const byName = parseEmail(named.trim()).ok ? await findInAccount(tx, accountId, named.trim()) : null;
  if (byName && "role" in byName) return byName;
  const owner = (await loadAccountHeads(tx, [accountId])).get(accountId)?.ownerEmail ?? null;
  if (owner === null) throw new UserError(`Nobody is in this account any more: see gatehouse account show ${accountId}.`);
  return memberOf(tx, accountId, owner);
}

/** @throws UserError where the address is none of a member's, saying since when it is not */
async function memberOf(tx: Tx, accountId: string, email: string): Promise<Meant> {
  if (!parseEmail(email).ok) throw new UserError(`${JSON.stringify(email)} is no email address.`);
  const found = await findInAccount(tx, accountId, email);
  if (!found) throw new UserError(`No user has the address ${email}.`);
  if ("role" in found) return found;
  const since = found.leftAt === null ? "" : ` since ${found.leftAt.toISOString()}, when they left or were removed`;
  throw new UserError(`${email} is no member of the account${since}: that is why they do not get in.`);
}

/** @returns null: no user has the address */
async function findInAccount(tx: Tx, accountId: string, email: string): Promise<Meant | { readonly leftAt: Date | null } | null> {
  const address = parseEmail(email);
  const user = address.ok ? await findUserByEmail(tx, address.normalised) : null;
  const person = user && (await findPerson(tx, user.id));
  if (!person) return null;
  const account = person.accounts.find(({ id }) => id === accountId);
  if (account) return { userId: person.id, name: person.name, email: person.email, role: account.role, accountName: account.name };
  const { entries } = await entriesOf(tx, accountId, person.id);
  return { leftAt: entries.findLast(({ kind, value }) => kind === "membership" && value === null)?.validFrom ?? null };
}
