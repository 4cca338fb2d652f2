import { cardOfNumber, cardOfPaymentMethod, INCORRECT_NUMBER } from "../cards.ts";
import { tryInvoice } from "../life/attempts.ts";
import { attachCard, cardForCustomer, detachCard, newCard } from "../life/card-keeping.ts";
import { refund } from "../life/disputes.ts";
import { finalizeInvoice, markUncollectible, voidInvoice } from "../life/invoices.ts";
import { payableInvoice } from "../life/portal.ts";
import type { Invoice } from "../objects/invoice.ts";
import { mergedMetadata } from "../objects/list.ts";
import type { Refund } from "../objects/payment.ts";
import { cardRefusal, invalid, missing } from "../refusal.ts";
import type { Kept, Table } from "../table.ts";
import { record, type World } from "../world.ts";
import { pageOf } from "./listing.ts";
import { flag, givenMetadata, ignored, isWithin, metadata, oneOf, PAGING, positive, shape, text, timeRange } from "./params.ts";
import { type Call, needed, type Route, route } from "./route.ts";

function found<T extends Kept>(table: Table<T>, what: string, id: string, param = "id"): T {
  const object = table.get(id);
  if (object === undefined) throw missing(what, id, param);
  return object;
}

const LIST_INVOICES = shape({
  ...PAGING,
  collection_method: text,
  created: timeRange,
  customer: text,
  due_date: ignored,
  status: oneOf("draft", "open", "paid", "uncollectible", "void"),
  subscription: text,
});

function listInvoices({ world, params }: Call<ReturnType<typeof LIST_INVOICES>>): object {
  const { walk, has } = world.state.invoice;
  const source = { has, walk: (options: object) => walk({ ...options, under: params.subscription ?? params.customer }) };
  return pageOf(source, params, {
    url: "/v1/invoices",
    type: "invoice",
    isMeant: (invoice) =>
      (params.customer === undefined || invoice.customer === params.customer) &&
      (params.status === undefined || invoice.status === params.status) &&
      (params.collection_method === undefined || invoice.collection_method === params.collection_method) &&
      isWithin(invoice.created, params.created),
  });
}

const PAY = shape({
  forgive: ignored,
  mandate: ignored,
  off_session: flag,
  paid_out_of_band: ignored,
  payment_method: text,
  source: ignored,
});

/** A card that says no is a 402, and the invoice and its subscription have changed all the same. */
function payInvoice({ world, id, params }: Call<ReturnType<typeof PAY>>): Invoice {
  const invoice = payableInvoice(world, id);
  const card =
    params.payment_method === undefined ? undefined : cardForCustomer(world, params.payment_method, invoice.customer, "payment_method");
  const attempt = tryInvoice(world, invoice, params.off_session === true ? "absent" : "present", card);
  if (attempt.kind !== "paid") {
    const { code, declineCode, message } = attempt.decline;
    throw cardRefusal(attempt.kind === "needs_action" ? "invoice_payment_intent_requires_action" : code, declineCode, message);
  }
  return found(world.state.invoice, "invoice", id);
}

function editInvoice(world: World, id: string, edit: (invoice: Invoice) => Invoice, from: readonly Invoice["status"][]): Invoice {
  const invoice = found(world.state.invoice, "invoice", id);
  if (!from.includes(invoice.status))
    throw invalid(`You can only pass in ${from.join(" or ")} invoices. This invoice is ${invoice.status}.`, {
      code: "invoice_not_editable",
    });
  return edit(invoice);
}

const INVOICE_ROUTES: readonly Route[] = [
  route("GET", "/v1/invoices", LIST_INVOICES, listInvoices),
  route("GET", "/v1/invoices/:id", shape({}), ({ world, id }) => found(world.state.invoice, "invoice", id)),
  route("POST", "/v1/invoices/:id", shape({ metadata, auto_advance: flag, description: text }), ({ world, id, params }) => {
    const invoice = found(world.state.invoice, "invoice", id);
    const change = {
      metadata: mergedMetadata(invoice.metadata, params.metadata),
      auto_advance: params.auto_advance ?? invoice.auto_advance,
      description: params.description ?? invoice.description,
    };
    return record(world, world.state.invoice, { ...invoice, ...change }, "invoice.updated");
  }),
  route("POST", "/v1/invoices/:id/pay", PAY, payInvoice),
  route("POST", "/v1/invoices/:id/void", shape({}), ({ world, id }) =>
    editInvoice(world, id, (invoice) => voidInvoice(world, invoice), ["open", "uncollectible"]),
  ),
  route("POST", "/v1/invoices/:id/mark_uncollectible", shape({}), ({ world, id }) =>
    editInvoice(world, id, (invoice) => markUncollectible(world, invoice), ["open"]),
  ),
  route("POST", "/v1/invoices/:id/finalize", shape({ auto_advance: flag }), ({ world, id }) =>
    editInvoice(world, id, (invoice) => finalizeInvoice(world, invoice), ["draft"]),
  ),
  route("GET", "/v1/invoices/:id/lines", shape(PAGING), ({ world, id }) => found(world.state.invoice, "invoice", id).lines),
  route(
    "GET",
    "/v1/invoice_payments",
    shape({ ...PAGING, created: timeRange, invoice: text, payment: shape({ payment_intent: text, type: text }), status: text }),
    ({ world, params }) => {
      const { walk, has } = world.state.invoice_payment;
      const source = { has, walk: (options: object) => walk({ ...options, under: params.invoice ?? params.payment?.payment_intent }) };
      return pageOf(source, params, {
        url: "/v1/invoice_payments",
        type: "invoice_payment",
        isMeant: ({ status, created }) => (params.status === undefined || status === params.status) && isWithin(created, params.created),
      });
    },
  ),
  route("GET", "/v1/invoice_payments/:id", shape({}), ({ world, id }) => found(world.state.invoice_payment, "invoice_payment", id)),
];

const REFUND = shape({
  amount: positive,
  charge: text,
  metadata,
  payment_intent: text,
  reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
});

function createRefund({ world, params }: Call<ReturnType<typeof REFUND>>): Refund {
  const intent =
    params.payment_intent === undefined
      ? null
      : found(world.state.payment_intent, "payment_intent", params.payment_intent, "payment_intent");
  const chargeId = params.charge ?? (intent === null ? undefined : needed(intent.latest_charge, "charge"));
  return refund(world, {
    chargeId: needed(chargeId, "charge"),
    amount: params.amount,
    reason: params.reason,
    metadata: givenMetadata(params.metadata),
  });
}

const CREATE_CARD = shape({
  type: oneOf("card"),
  card: shape({ number: text, exp_month: ignored, exp_year: ignored, cvc: ignored, token: text }),
  billing_details: ignored,
  metadata,
});

const CARD_ROUTES: readonly Route[] = [
  route("POST", "/v1/payment_methods", CREATE_CARD, ({ world, params }) => {
    const number = params.card?.number;
    const card = number === undefined ? cardOfPaymentMethod((params.card?.token ?? "").replace(/^tok_/, "pm_card_")) : cardOfNumber(number);
    if (card === undefined) throw cardRefusal(INCORRECT_NUMBER.code, null, INCORRECT_NUMBER.message);
    return newCard(world, card, world.now());
  }),
  route("POST", "/v1/payment_methods/:id/attach", shape({ customer: text }), ({ world, id, params }) =>
    attachCard(world, id, needed(params.customer, "customer")),
  ),
  route("POST", "/v1/payment_methods/:id/detach", shape({}), ({ world, id }) => detachCard(world, id)),
  route("GET", "/v1/payment_methods", shape({ ...PAGING, customer: text, type: ignored }), ({ world, params }) => {
    const { walk, has } = world.state.payment_method;
    const source = { has, walk: (options: object) => walk({ ...options, under: params.customer ?? "none" }) };
    return pageOf(source, params, { url: "/v1/payment_methods", type: "PaymentMethod" });
  }),
];

const OF_CHARGE = shape({ ...PAGING, charge: text, created: timeRange, customer: text, payment_intent: text });

/** A list of what hangs on customers, payments and charges. */
function listRoute<T extends Kept & { readonly created: number }>(path: string, type: string, table: (world: World) => Table<T>): Route {
  return route("GET", path, OF_CHARGE, ({ world, params }) => {
    const { walk, has } = table(world);
    const source = {
      has,
      walk: (options: object) => walk({ ...options, under: params.charge ?? params.payment_intent ?? params.customer }),
    };
    return pageOf(source, params, { url: path, type, isMeant: ({ created }) => isWithin(created, params.created) });
  });
}

/** Invoices, and what they are paid with. https://docs.stripe.com/api/invoices */
export const PAYMENT_ROUTES: readonly Route[] = [
  ...INVOICE_ROUTES,
  ...CARD_ROUTES,
  route("GET", "/v1/payment_intents/:id", shape({ client_secret: ignored }), ({ world, id }) =>
    found(world.state.payment_intent, "payment_intent", id),
  ),
  listRoute("/v1/payment_intents", "payment_intent", ({ state }) => state.payment_intent),
  route("GET", "/v1/charges/:id", shape({}), ({ world, id }) => found(world.state.charge, "charge", id)),
  listRoute("/v1/charges", "charge", ({ state }) => state.charge),
  route("POST", "/v1/refunds", REFUND, createRefund),
  route("GET", "/v1/refunds/:id", shape({}), ({ world, id }) => found(world.state.refund, "refund", id)),
  listRoute("/v1/refunds", "refund", ({ state }) => state.refund),
  route("GET", "/v1/disputes/:id", shape({}), ({ world, id }) => found(world.state.dispute, "dispute", id)),
  listRoute("/v1/disputes", "dispute", ({ state }) => state.dispute),
];
