import { billing } from "@gatehouse/contract";
import { sayMoney } from "@gatehouse/core";
import { presentRefusal } from "../access/present-trial.ts";
import type { BillingStateOf } from "../access/routes.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { changeSubscription } from "./change-subscription.ts";
import { listInvoices } from "./list-invoices.ts";
import { openPortal } from "./open-portal.ts";
import { startCheckout } from "./start-checkout.ts";
import { syncBilling } from "./sync-billing.ts";

/** Never guarded: who is shut out must be able to pay. */
export function billingRoutes(http: Http, app: App, stateOf: BillingStateOf): void {
  serve(http, app, billing.createCheckoutSession, async ({ actor, body, replayIfAnswered, transact }) => {
    await replayIfAnswered();
    const { session, reservation, trialRefusal } = await startCheckout(app, actor, { ...body, seats: body.seats ?? null });
    return transact(async () => ({
      session_id: session.id,
      url: session.url,
      expires_at: session.expiresAt.toISOString(),
      plan: reservation.plan,
      interval: body.interval,
      seats: reservation.seats,
      trial_ends_at: reservation.trialEnd?.toISOString() ?? null,
      trial_refusal: trialRefusal && presentRefusal(app.config, trialRefusal),
    }));
  });
  serve(http, app, billing.createPortalSession, async ({ actor, body, replayIfAnswered, transact }) => {
    await replayIfAnswered();
    const url = await openPortal(app, actor, body.purpose);
    return transact(() => Promise.resolve({ url }));
  });
  serve(http, app, billing.listInvoices, async ({ actor, query }) => {
    const { items, next } = await listInvoices(app, actor, { limit: query.limit, after: query.cursor ?? null });
    const money = (amountMinor: number, currency: string) => ({
      amount_minor: amountMinor,
      currency,
      text: sayMoney(amountMinor, currency),
    });
    return {
      items: items.map((invoice) => ({
        id: invoice.id,
        number: invoice.number,
        status: invoice.status,
        created_at: invoice.createdAt.toISOString(),
        total: money(invoice.totalMinor, invoice.currency),
        remaining: money(invoice.remainingMinor, invoice.currency),
        page_url: invoice.pageUrl,
        pdf_url: invoice.pdfUrl,
      })),
      next_cursor: next,
    };
  });
  serve(http, app, billing.syncBilling, async ({ actor, body, replayIfAnswered, transact }) => {
    await replayIfAnswered();
    await syncBilling(app, actor, body.session_id ?? null);
    return transact((tx) => stateOf(tx, actor));
  });
  serve(http, app, billing.changeSubscription, async ({ actor, body, replayIfAnswered, transact }) => {
    await replayIfAnswered();
    const change = { plan: body.plan ?? null, interval: body.interval ?? null, seats: body.seats ?? null };
    await changeSubscription(app, actor, change);
    return transact((tx) => stateOf(tx, actor));
  });
}
