import { parseEmail } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { limitTries, sourceOf } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import { insertLead } from "./leads.store.ts";

export interface NewLead {
  readonly name: string;
  readonly email: string;
  readonly company: string | null;
  readonly size: string | null;
  readonly message: string;
  readonly source: string | null;
  /** A field that no person sees: what a program wrote into it gives it away. */
  readonly trap: string;
  /** Who is signed in; null: nobody. */
  readonly sender: { readonly userId: string; readonly accountId: string } | null;
  readonly origin: Origin;
}

/**
 * Keeps what somebody wrote to sales, and tells sales and the sender by mail; while mail is dark the jobs wait. A program that fell into the
 * trap is answered as everybody, so that it learns nothing, and leaves nothing behind.
 *
 * @throws Refusal invalid_request | rate_limited
 */
export async function takeLead(
  app: Pick<App, "db" | "clock" | "ids" | "secrets" | "config" | "jobs">,
  { trap, sender, origin, ...words }: NewLead,
): Promise<void> {
  const address = parseEmail(words.email);
  if (!address.ok) return refuse("invalid_request", { problems: [{ at: "body.email", why: address.why }] });
  await limitTries(app, [
    { name: "sales_lead.source", limit: 20, windowSeconds: 3600, key: sourceOf(origin.ip) },
    // Each is confirmed by a mail: nobody's mailbox is filled by a stranger (EM-5).
    { name: "sales_lead.address", limit: 5, windowSeconds: 86_400, key: address.normalised },
  ]);
  if (trap !== "") return;
  const id = app.ids.next();
  await app.db.asSystem("whoever writes to sales may have no account", async (tx) => {
    await insertLead(tx, {
      ...words,
      id,
      normalisedEmail: address.normalised,
      accountId: sender?.accountId ?? null,
      userId: sender?.userId ?? null,
      createdAt: app.clock.now(),
    });
    await app.jobs.enqueueAll(tx, [
      { name: "mail.lead_received", data: { leadId: id } },
      { name: "mail.lead_confirmed", data: { leadId: id } },
    ]);
  });
}
