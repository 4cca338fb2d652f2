import { adminWaitlist } from "@gatehouse/contract";
import { waitlistState } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { beginOfPage, pageOf } from "../platform/cursor.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { listWaitlist, type WaitlistEntry } from "../waitlist/waitlist.store.ts";
import { inviteFromWaitlist } from "./invite-from-waitlist.ts";
import { resendTicket } from "./resend-ticket.ts";

const OF_NO_ACCOUNT = "the waitlist is of no account";

export function adminWaitlistRoutes(http: Http, app: App): void {
  serve(http, app, adminWaitlist.listWaitlist, async ({ query }) => {
    const page = { after: beginOfPage(query.cursor), limit: query.limit + 1, state: query.state ?? null };
    const now = app.clock.now();
    const found = await app.db.asSystem(OF_NO_ACCOUNT, (tx) => listWaitlist(tx, page, now));
    const { items, nextCursor } = pageOf(found, query.limit);
    return { items: items.map((entry) => presentWaitlistEntry(entry, now)), next_cursor: nextCursor };
  });
  serve(http, app, adminWaitlist.inviteFromWaitlist, ({ actor, body, origin, transactAsSystem }) => {
    requireMail(app);
    const { ids, count = 0, reason } = body;
    return transactAsSystem(OF_NO_ACCOUNT, async (tx) => {
      const wish = ids ? { ids, reason } : { count, reason };
      const { invited, leftOut } = await inviteFromWaitlist(app, tx, { userId: actor.userId, origin }, wish);
      const now = app.clock.now();
      return { items: invited.map((entry) => presentWaitlistEntry(entry, now)), left_out: [...leftOut] };
    });
  });
  serve(http, app, adminWaitlist.resendTicket, ({ actor, params, body, origin, transactAsSystem }) => {
    requireMail(app);
    return transactAsSystem(OF_NO_ACCOUNT, async (tx) =>
      presentWaitlistEntry(await resendTicket(app, tx, { userId: actor.userId, origin }, params.id, body.reason), app.clock.now()),
    );
  });
}

/** Nobody is told that somebody was let in who will hear nothing of it. @throws Refusal mail_not_configured */
export function requireMail(app: { readonly mail: Pick<App["mail"], "configured"> }): void {
  if (!app.mail.configured) refuse("mail_not_configured");
}

/** As the wire and the command line show it. */
export const presentWaitlistEntry = (entry: WaitlistEntry, now: Date) => ({
  id: entry.id,
  email: entry.address,
  name: entry.name,
  company: entry.company,
  message: entry.message,
  state: waitlistState(entry, now),
  joined_at: entry.joinedAt.toISOString(),
  invited_at: entry.invitedAt?.toISOString() ?? null,
  invited_by: entry.invitedBy,
  expires_at: entry.expiresAt?.toISOString() ?? null,
  email_sent_at: entry.emailSentAt?.toISOString() ?? null,
  registered_at: entry.registeredAt?.toISOString() ?? null,
  user_id: entry.userId,
});
