import { type LeftOut, ticketEnd, whyNotInvite } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { auditAll, type Origin } from "../platform/audit.store.ts";
import { lockNextOnWaitlist, lockWaitlistEntries, type WaitlistEntry, writeTickets } from "../waitlist/waitlist.store.ts";
import { nextTicket } from "../waitlist/waitlist-links.ts";

type Parts = Pick<App, "clock" | "ids" | "secrets" | "jobs">;
/** Who lets people in; `userId: null` is the command line. */
export interface Doorkeeper {
  readonly userId: string | null;
  readonly origin: Origin;
}
/** The next so many in the order of joining, or those with these ids; at most WAITLIST_BATCH_MAX. */
export type InviteWish = ({ readonly count: number } | { readonly ids: readonly string[] }) & { readonly reason: string };
export interface InvitedBatch {
  /** As they are now, in the order of joining. */
  readonly invited: readonly WaitlistEntry[];
  /** Of those who were named. */
  readonly leftOut: readonly { readonly id: string; readonly why: LeftOut }[];
}

/**
 * Lets people in from the waitlist: tickets, audit and the mails' jobs stand or fall together. Their rows are locked, so that of two operators
 * who invite at once each takes others and nobody is invited twice.
 */
export async function inviteFromWaitlist(app: Parts, tx: Tx, by: Doorkeeper, wish: InviteWish): Promise<InvitedBatch> {
  const chosen = "count" in wish ? await chooseNext(tx, wish.count) : await chooseNamed(tx, wish.ids);
  const now = app.clock.now();
  const expiresAt = ticketEnd(null, now);
  await writeTickets(
    tx,
    chosen.entries.map((entry) => nextTicket(app, entry)),
    expiresAt,
    { at: now, by: by.userId },
  );
  await auditAll(
    app,
    tx,
    chosen.entries.map(({ id }) => ({
      ...by.origin,
      accountId: null,
      actorUserId: by.userId,
      action: "waitlist.invited",
      targetId: id,
      details: { reason: wish.reason },
    })),
  );
  await app.jobs.enqueueAll(
    tx,
    chosen.entries.map(({ id, sends }) => ({ name: "mail.waitlist_invited", data: { entryId: id, sends: sends + 1 } })),
  );
  const invited = chosen.entries.map((entry) => ({
    ...entry,
    invitedAt: now,
    invitedBy: by.userId,
    expiresAt,
    ticket: { expiresAt },
    emailSentAt: null,
    sends: entry.sends + 1,
  }));
  return { invited, leftOut: chosen.leftOut };
}

interface Chosen {
  readonly entries: readonly WaitlistEntry[];
  readonly leftOut: InvitedBatch["leftOut"];
}

const chooseNext = async (tx: Tx, count: number): Promise<Chosen> => ({ entries: await lockNextOnWaitlist(tx, count), leftOut: [] });

async function chooseNamed(tx: Tx, ids: readonly string[]): Promise<Chosen> {
  const named = [...new Set(ids.map((id) => id.toLowerCase()))];
  const found = new Map((await lockWaitlistEntries(tx, named)).map((entry) => [entry.id, entry]));
  const leftOut = named.flatMap((id) => {
    const why = whyNotInvite(found.get(id) ?? null);
    return why === null ? [] : [{ id, why }];
  });
  const isLeftOut = new Set(leftOut.map(({ id }) => id));
  return { entries: [...found.values()].filter(({ id }) => !isLeftOut.has(id)), leftOut };
}
