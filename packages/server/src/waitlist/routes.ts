import { waitlist } from "@gatehouse/contract";
import { invitationState, isTicketOfferOpen, maskEmail, nameOfPlan, whyNotTakeTicketOffer, whyTicketDead } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { joinWaitlist } from "./join-waitlist.ts";
import { leaveWaitlist } from "./leave-waitlist.ts";
import { findOffer, type StoredOffer } from "./ticket-offers.store.ts";
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
async function showTicket(app: Pick<App, "db" | "clock" | "catalogue" | "config">, token: string) {
  const { entry, offer } = await app.db.asSystem("a token of the waitlist says whose it is", async (tx) => {
    const found = await findTicket(tx, hashToken(token));
    return { entry: found, offer: found && (await findOffer(tx, found.id)) };
  });
  const expiresAt = entry?.expiresAt ?? null;
  if (entry === null || expiresAt === null) return refuse("waitlist_ticket_not_found");
  const now = app.clock.now();
  // Of who has a sign-in the ticket is dead, unless something comes with it that they have not taken yet.
  const refusal = offer ? whyNotTakeTicketOffer(entry, offer, entry.email, now) : whyTicketDead(entry, now);
  const isSentAgain = refusal === "waitlist_ticket_expired" && offer !== null && isTicketOfferOpen(offer, now);
  // Who asks for it is sent it anew, and waits for no turn.
  if (refusal) refuse(refusal, isSentAgain ? { mend: { action: "ask_for_ticket", url: `${app.config.baseUrl}/waitlist` } } : {});
  return {
    email_hint: maskEmail(entry.address),
    expires_at: expiresAt.toISOString(),
    has_sign_in: invitationState(entry, now) === "has_sign_in",
    offer: offer && presentOffer(app, offer),
  };
}

export const presentOffer = (app: Pick<App, "catalogue">, { plan, until }: Pick<StoredOffer, "plan" | "until">) => ({
  plan,
  plan_name: nameOfPlan(app.catalogue, plan),
  until: until?.toISOString() ?? null,
});
