import { parseEmail } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { limitTries, sourceOf } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import { putOnWaitlist } from "./waitlist.store.ts";
import { leaveToken } from "./waitlist-links.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "secrets" | "config" | "jobs" | "mail">;
export interface Joining {
  readonly email: string;
  readonly name: string | null;
  readonly company: string | null;
  readonly message: string | null;
  readonly origin: Origin;
}

/**
 * Puts an address on the waitlist. It is the same work and the same answer for everybody (EN-2): a row, or the one that there is, and a job;
 * whether the address has a user is the worker's to find out.
 *
 * @throws Refusal mail_not_configured | rate_limited
 */
export async function joinWaitlist(app: Parts, joining: Joining): Promise<void> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const address = parseEmail(joining.email);
  if (!address.ok) return refuse("invalid_request", { problems: [{ at: "body.email", why: address.why }] });
  await limitTries(app, [
    { name: "waitlist.source", limit: 20, windowSeconds: 3600, key: sourceOf(joining.origin.ip) },
    // By recipient: nobody's mailbox is filled by a stranger (EM-5).
    { name: "waitlist.address", limit: 3, windowSeconds: 86_400, key: address.normalised },
  ]);
  const [id, now] = [app.ids.next(), app.clock.now()];
  const { name, company, message, origin } = joining;
  await app.db.asSystem("the waitlist: nobody is known yet", async (tx) => {
    const entryId = await putOnWaitlist(tx, {
      id,
      address: joining.email,
      email: address.normalised,
      name,
      company,
      message,
      leaveHash: hashToken(leaveToken(app, id)),
      at: now,
      askedAt: now,
    });
    await app.jobs.enqueue(tx, "mail.waitlist_asked", { entryId, askedId: app.ids.next(), ip: origin.ip, userAgent: origin.userAgent });
  });
}
