import { Readable } from "node:stream";
import { adminLeads } from "@gatehouse/contract";
import type { LeadState } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { beginOfPage, pageOf } from "../platform/cursor.ts";
import { refuse } from "../platform/refuse.ts";
import { type Actor, type Http, serve } from "../platform/serve.ts";
import { exportLeads } from "../sales/export-leads.ts";
import { listNotes } from "../sales/lead-notes.store.ts";
import { findLead, type LeadChoice, listLeads } from "../sales/leads.store.ts";
import { moveLead } from "../sales/move-lead.ts";
import { noteLead } from "../sales/note-lead.ts";
import { convertLead } from "./convert-lead.ts";
import { resendInvitation, takeBackInvitation } from "./lead-invitation.ts";
import { presentLead, presentNote } from "./present-lead.ts";
import { requireMail } from "./waitlist-routes.ts";

const OF_NO_ACCOUNT = "leads are of no account";

export function leadRoutes(http: Http, app: App): void {
  readingRoutes(http, app);
  serve(http, app, adminLeads.moveLead, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(OF_NO_ACCOUNT, async (tx) =>
      presentLead(await moveLead(app, tx, seller(actor, origin), params.id, body), app.clock.now()),
    ),
  );
  serve(http, app, adminLeads.noteLead, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(OF_NO_ACCOUNT, async (tx) =>
      presentNote(await noteLead(app, tx, seller(actor, origin), params.id, { text: body.text, reason: body.reason ?? null })),
    ),
  );
  serve(http, app, adminLeads.convertLead, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem("a lead becomes an account that is not the operator's", async (tx) => {
      const { plan, reason } = body;
      const until = body.until === null ? null : new Date(body.until);
      const by = { ...seller(actor, origin), reason };
      const wish = { plan, until, accountId: body.account_id ?? null, version: body.version ?? null };
      const { outcome, lead, accountId, grantId } = await convertLead(app, tx, by, params.id, wish);
      return { outcome, lead: presentLead(lead, app.clock.now()), account_id: accountId, grant_id: grantId };
    }),
  );
  invitationRoutes(http, app);
}

function invitationRoutes(http: Http, app: App): void {
  serve(http, app, adminLeads.resendInvitation, ({ actor, params, body, origin, transactAsSystem }) => {
    requireMail(app);
    const { version, reason } = body;
    const by = { ...seller(actor, origin), reason };
    return transactAsSystem(OF_NO_ACCOUNT, async (tx) =>
      presentLead(await resendInvitation(app, tx, by, { leadId: params.id, version }), app.clock.now()),
    );
  });
  serve(http, app, adminLeads.takeBackInvitation, ({ actor, params, body, origin, transactAsSystem }) => {
    const { version, reason } = body;
    const by = { ...seller(actor, origin), reason };
    return transactAsSystem(OF_NO_ACCOUNT, async (tx) =>
      presentLead(await takeBackInvitation(app, tx, by, { leadId: params.id, version }), app.clock.now()),
    );
  });
}

function readingRoutes(http: Http, app: App): void {
  serve(http, app, adminLeads.listLeads, async ({ query }) => {
    const before = beginOfPage(query.cursor);
    const found = await app.db.asSystem(OF_NO_ACCOUNT, (tx) => listLeads(tx, choiceOf(query), before, query.limit + 1));
    const { items, nextCursor } = pageOf(found, query.limit);
    return { items: items.map((lead) => presentLead(lead, app.clock.now())), next_cursor: nextCursor };
  });
  serve(http, app, adminLeads.exportLeads, ({ actor, query, reply }) => {
    // Logged and not audited: a GET writes nothing (law 2).
    app.log.info({ user_id: actor.userId }, "leads are being exported");
    const day = app.clock.now().toISOString().slice(0, 10);
    reply.header("content-type", "text/csv; charset=utf-8").header("content-disposition", `attachment; filename="leads-${day}.csv"`);
    return Readable.from(exportLeads(app, choiceOf(query)));
  });
  serve(http, app, adminLeads.getLead, ({ params }) =>
    app.db.asSystem(OF_NO_ACCOUNT, async (tx) => {
      const lead = (await findLead(tx, params.id)) ?? refuse("lead_not_found");
      return { lead: presentLead(lead, app.clock.now()), notes: (await listNotes(tx, params.id)).map(presentNote) };
    }),
  );
}

const choiceOf = (query: { state?: LeadState | undefined; query?: string | undefined }): LeadChoice => ({
  state: query.state ?? null,
  query: query.query ?? null,
});

const seller = (actor: Actor, origin: Origin) => ({ userId: actor.userId, origin });
