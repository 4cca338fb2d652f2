import { waitlist } from "@gatehouse/contract";
import { maskEmail, whyTicketDead } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { joinWaitlist } from "./join-waitlist.ts";
import { leaveWaitlist } from "./leave-waitlist.ts";
import { findTicket } from "./waitlist.store.ts";

const RECEIVED = { status: "received" } as const;

export function waitlistRoutes(http: Http, app: App): void {
  serve(http, app, waitlist.joinWaitlist, async ({ body, origin }) => {
    const { email, name = null, company = null, message = null, website = "" } = body;
    // What fills in a field that nobody sees is told what everybody is told.
    if (website === "") await joinWaitlist(app, { email, name, company, message, origin });
    return RECEIVED;
  });
  serve(http, app, waitlist.leaveWaitlist, async ({ params, origin }) => {
    await leaveWaitlist(app, params.token, origin);
    return undefined;
  });
  serve(http, app, waitlist.readTicket, ({ params }) => showTicket(app, params.token));
}

/** What the holder of a link may know: what the mail said. @throws Refusal waitlist_ticket_not_found | waitlist_ticket_expired | waitlist_ticket_used */
async function showTicket(app: Pick<App, "db" | "clock">, token: string) {
  const entry = await app.db.asSystem("a token of the waitlist says whose it is", (tx) => findTicket(tx, hashToken(token)));
  const expiresAt = entry?.expiresAt ?? null;
  if (entry === null || expiresAt === null) return refuse("waitlist_ticket_not_found");
  const refusal = whyTicketDead(entry, app.clock.now());
  if (refusal) refuse(refusal);
  return { email_hint: maskEmail(entry.address), expires_at: expiresAt.toISOString() };
}
