import type { GrantWish } from "@gatehouse/core";
import { holdEntry, inviteLead } from "@gatehouse/server/admin/invite-lead";
import { findLead } from "@gatehouse/server/sales/leads.store";
import { ticketToken } from "@gatehouse/server/waitlist/waitlist-links";
import type { Person } from "./people.ts";
import type { TestServer } from "./test-server.ts";

/** Writes to sales over the API. @param by who is signed in @returns the lead's id */
export async function writeLead(server: TestServer, email: string, by?: Person): Promise<string> {
  const body = { name: "Grace Hopper", email, company: "Engines", message: "Hello" };
  await server.request("POST", "/sales-leads", { body, ...(by ? { token: by.accessToken } : {}) });
  // Whoever reads the newest mail of the address after this means another one than the confirmation.
  await server.settle();
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads where email = $1 order by id desc limit 1", [
    email,
  ]);
  if (!row) throw new Error(`no lead of ${email} was kept`);
  return row.id;
}

/** Invites somebody who wrote to sales by a ticket with a plan, whoever has the address. @returns the token that its mail carries */
export async function offerTo(server: TestServer, email: string, wish: GrantWish): Promise<{ leadId: string; token: string }> {
  const leadId = await writeLead(server, email);
  const by = { userId: null, origin: { ip: null, userAgent: "a test" }, reason: "contract 17" };
  const entryId = await server.app.db.asSystem("a test invites", async (tx) => {
    const lead = await findLead(tx, leadId);
    const held = lead && (await holdEntry(server.app, tx, lead));
    if (!held) throw new Error(`${email} is no address to invite`);
    await inviteLead(server.app, tx, by, { leadId, entryId: held }, wish);
    return held;
  });
  const [entry] = await server.database.query<{ sends: number }>("select sends from waitlist_entries where id = $1", [entryId]);
  return { leadId, token: ticketToken(server.app, entryId, entry?.sends ?? 0) };
}
