import { composeLeadConfirmed } from "../mail/lead-confirmed.ts";
import { composeLeadReceived } from "../mail/lead-received.ts";
import { siteOf } from "../mail/site-of.ts";
import type { App } from "../platform/app.ts";
import { findLead } from "./leads.store.ts";

type Parts = Pick<App, "db" | "mail" | "catalogue" | "config">;

/** Who does the mails about leads. A job names the lead; of a person who was erased meanwhile nobody is told. */
export function salesMailJobs(app: App): void {
  app.jobs.handle("mail.lead_received", (data) => tellSales(app, String(data["leadId"])));
  app.jobs.handle("mail.lead_confirmed", (data) => tellSender(app, String(data["leadId"])));
}

async function tellSales(app: Parts, leadId: string): Promise<void> {
  const lead = await readLead(app, leadId);
  if (!lead || lead.email === null) return;
  const content = composeLeadReceived({ site: siteOf(app), lead });
  await app.mail.send({ to: app.config.salesEmail, messageId: `lead-${leadId}`, ...content });
}

async function tellSender(app: Parts, leadId: string): Promise<void> {
  const lead = await readLead(app, leadId);
  if (!lead || lead.email === null) return;
  await app.mail.send({ to: lead.email, messageId: `lead-confirmed-${leadId}`, ...composeLeadConfirmed(siteOf(app)) });
}

const readLead = (app: Pick<App, "db">, leadId: string) => app.db.asSystem("a lead is of no account", (tx) => findLead(tx, leadId));
