import { invitationState, isTicketOfferOpen, nameOfPlan, waitlistState } from "@gatehouse/core";
import { composeLeadInvited } from "../mail/lead-invited.ts";
import { siteOf } from "../mail/site-of.ts";
import { composeWaitlistInvited } from "../mail/waitlist-invited.ts";
import { composeWaitlistJoined } from "../mail/waitlist-joined.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import type { JobData } from "../platform/jobs.ts";
import { sendTicket } from "./send-ticket.ts";
import { findOffer, type StoredOffer } from "./ticket-offers.store.ts";
import {
  deleteWaitlistEntry,
  findWaitlistEntry,
  lockWaitlistEntries,
  markTicketMailed,
  markWelcomed,
  putBackOnWaitlist,
  type WaitlistEntry,
} from "./waitlist.store.ts";
import { leaveToken, ticketToken } from "./waitlist-links.ts";

/** Who does the mails of the waitlist. A job names the entry; links are made by the worker that sends them (mechanism 2). */
export function waitlistMailJobs(app: App): void {
  app.jobs.handle("mail.waitlist_asked", (data) =>
    app.db.asSystem("the waitlist is of no account", (tx) => answerAsking(app, tx, String(data["entryId"]), data)),
  );
  app.jobs.handle("mail.waitlist_joined", (data) => mailJoined(app, String(data["entryId"]), Number(data["sends"])));
  app.jobs.handle("mail.waitlist_invited", (data) => mailTicket(app, String(data["entryId"]), Number(data["sends"])));
}

/**
 * What becomes of somebody who asked to be on the list: who is new hears so, once; who let a ticket expire waits again at their old place, or
 * is sent a new one where sales holds something for them; who has a sign-in is told that they have, and is not kept on the list. The row is
 * locked: of two jobs of one address, one tells.
 */
async function answerAsking(app: App, tx: Tx, entryId: string, asked: JobData): Promise<void> {
  const [entry] = await lockWaitlistEntries(tx, [entryId]);
  if (!entry) return;
  const now = app.clock.now();
  const offer = await findOffer(tx, entryId);
  if (offer && isTicketOfferOpen(offer, now) && invitationState(entry, now) === "expired") return sendOfferAgain(app, tx, entry, offer);
  const state = waitlistState(entry, now);
  if (state === "registered") {
    if (entry.sends === 0) await deleteWaitlistEntry(tx, { id: entry.id });
    const { askedId, ip = null, userAgent = null } = asked;
    await app.jobs.enqueue(tx, "mail.email_taken", { userId: entry.userId, noticeId: String(askedId), ip, userAgent });
  } else if (state === "expired" || (state === "waiting" && entry.welcomedAt === null)) {
    if (state === "expired") await putBackOnWaitlist(tx, entry.id);
    await markWelcomed(tx, entry.id, now);
    await app.jobs.enqueue(tx, "mail.waitlist_joined", { entryId: entry.id, sends: entry.sends });
  }
}

async function sendOfferAgain(app: App, tx: Tx, entry: WaitlistEntry, offer: StoredOffer): Promise<void> {
  await sendTicket(app, tx, entry, offer);
  await audit(app, tx, {
    ip: null,
    userAgent: null,
    accountId: null,
    actorUserId: null,
    action: "lead.invited_again",
    targetId: offer.leadId,
    details: { by: "asking" },
  });
}

/** At least once, with a fixed Message-ID; nothing where they were invited or have left meanwhile. */
async function mailJoined(app: App, entryId: string, sends: number): Promise<void> {
  const entry = await findEntry(app, entryId);
  if (!entry || entry.sends !== sends || waitlistState(entry, app.clock.now()) !== "waiting") return;
  const content = composeWaitlistJoined({ site: siteOf(app), name: entry.name, leaveLink: leaveLink(app, entryId) });
  await app.mail.send({ to: entry.address, messageId: `waitlist-joined-${entryId}-${sends}`, ...content });
}

/** At least once, with a fixed Message-ID for each sending; nothing where the ticket is dead, or a newer one has taken its place. */
async function mailTicket(app: App, entryId: string, sends: number): Promise<void> {
  const entry = await findEntry(app, entryId);
  const expiresAt = entry?.expiresAt ?? null;
  if (!entry || expiresAt === null || entry.sends !== sends) return;
  const offer = await app.db.asSystem("the waitlist is of no account", (tx) => findOffer(tx, entryId));
  const now = app.clock.now();
  const isGood = offer ? invitationState(entry, now) !== "expired" : waitlistState(entry, now) === "invited";
  if (!isGood) return;
  const about = { site: siteOf(app), name: entry.name, link: ticketLink(app, entryId, sends), expiresAt };
  const content = offer
    ? composeLeadInvited({ ...about, plan: nameOfPlan(app.catalogue, offer.plan), until: offer.until })
    : composeWaitlistInvited({ ...about, leaveLink: leaveLink(app, entryId) });
  await app.mail.send({ to: entry.address, messageId: `waitlist-ticket-${entryId}-${sends}`, ...content });
  await app.db.asSystem("the waitlist is of no account", (tx) => markTicketMailed(tx, entryId, sends, app.clock.now()));
}

const findEntry = (app: App, entryId: string): Promise<WaitlistEntry | null> =>
  app.db.asSystem("the waitlist is of no account", (tx) => findWaitlistEntry(tx, entryId));

const ticketLink = (app: App, entryId: string, sends: number): string =>
  `${app.config.baseUrl}/waitlist?token=${ticketToken(app, entryId, sends)}`;

const leaveLink = (app: App, entryId: string): string => `${app.config.baseUrl}/waitlist?leave=${leaveToken(app, entryId)}`;
