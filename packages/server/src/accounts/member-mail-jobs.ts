import { isOfferOpen } from "@gatehouse/core";
import type { Site } from "../mail/layout.ts";
import { composeMemberRemoved } from "../mail/member-removed.ts";
import { composeOwnershipOffered } from "../mail/ownership-offered.ts";
import { composeOwnershipTaken } from "../mail/ownership-taken.ts";
import { siteOf } from "../mail/site-of.ts";
import type { App } from "../platform/app.ts";
import type { JobData } from "../platform/jobs.ts";
import { findFormerMember } from "./members.store.ts";
import { findOfferMail } from "./ownership-offers.store.ts";

type Parts = Pick<App, "db" | "clock" | "mail">;

/** Who does the mails about members and ownership. A job holds ids only; what the mail says is read by the worker that sends it. */
export function memberMailJobs(app: App): void {
  const site = siteOf(app);
  app.jobs.handle("mail.member_removed", (data) => mailRemoved(app, site, data));
  app.jobs.handle("mail.ownership_offered", (data) => mailOffered(app, site, String(data["accountId"]), String(data["offerId"])));
  app.jobs.handle("mail.ownership_taken", (data) => mailTaken(app, site, String(data["accountId"]), String(data["offerId"])));
}

async function mailRemoved(app: Parts, site: Site, data: JobData): Promise<void> {
  const told = await app.db.asSystem("whoever was taken out is none of the account's people any more", (tx) =>
    findFormerMember(tx, String(data["accountId"]), String(data["userId"])),
  );
  if (!told) return;
  const content = composeMemberRemoved({ site, team: told.team, at: new Date(String(data["at"])) });
  await app.mail.send({ to: told.email, messageId: `notice-${String(data["noticeId"])}`, ...content });
}

/** An offer that was answered, ended or has expired meanwhile is not told of any more. */
async function mailOffered(app: Parts, site: Site, accountId: string, offerId: string): Promise<void> {
  const found = await loadOffer(app, accountId, offerId);
  if (!found || !isOfferOpen(found.offer, app.clock.now())) return;
  const { offer, team, from, to } = found;
  const content = composeOwnershipOffered({ site, team, from: from.name, roleAfter: offer.roleAfter, expiresAt: offer.expiresAt });
  await app.mail.send({ to: to.email, messageId: `ownership-offered-${offerId}`, ...content });
}

async function mailTaken(app: Parts, site: Site, accountId: string, offerId: string): Promise<void> {
  const found = await loadOffer(app, accountId, offerId);
  if (!found || found.offer.acceptedAt === null) return;
  const { offer, team, from, to } = found;
  const content = composeOwnershipTaken({ site, team, to: to.name, roleAfter: offer.roleAfter, at: found.offer.acceptedAt });
  await app.mail.send({ to: from.email, messageId: `ownership-taken-${offerId}`, ...content });
}

const loadOffer = (app: Pick<App, "db">, accountId: string, offerId: string) =>
  app.db.asSystem("whoever gave ownership away may have left the account since", (tx) => findOfferMail(tx, accountId, offerId));
