import { csvLine } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { type Lead, type LeadChoice, listLeads } from "./leads.store.ts";

/** Leads that are read at a time. */
const PAGE = 500;
const HEAD = [
  "id",
  "created_at",
  "state",
  "name",
  "email",
  "company",
  "size",
  "source",
  "message",
  "account_id",
  "user_id",
  "updated_at",
  "converted_at",
  "invited_at",
  "invitation_expires_at",
];

/**
 * The leads as CSV, newest first, some hundred lines at a time. No transaction is open while they are sent: a slow reader holds memory for one
 * page, and no connection. One that is changed meanwhile stands as it was when its page was read, and none is told twice.
 */
export async function* exportLeads(app: Pick<App, "db">, choice: LeadChoice): AsyncGenerator<string> {
  yield csvLine(HEAD);
  let before: string | null = null;
  do {
    const after: string | null = before;
    const page: Lead[] = await app.db.asSystem("leads are of no account", (tx) => listLeads(tx, choice, after, PAGE));
    yield page.map(lineOf).join("");
    before = page.length === PAGE ? (page.at(-1)?.id ?? null) : null;
  } while (before !== null);
}

const lineOf = (lead: Lead): string =>
  csvLine([
    lead.id,
    lead.createdAt.toISOString(),
    lead.state,
    lead.name,
    lead.email,
    lead.company,
    lead.size,
    lead.source,
    lead.message,
    lead.accountId,
    lead.userId,
    lead.updatedAt.toISOString(),
    lead.convertedAt?.toISOString() ?? null,
    lead.invitation?.offeredAt.toISOString() ?? null,
    lead.invitation?.expiresAt?.toISOString() ?? null,
  ]);
