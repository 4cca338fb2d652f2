import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendPage, wantsPage } from "../../browser-request.ts";
import { isForm } from "../../own-pages.ts";
import type { PayOutcome } from "../engine-face.ts";
import type { StripeStandIn } from "../stand-in.ts";
import { CARD_FIELDS, readCard } from "./card-form.ts";
import { challengePage, type Place } from "./hosted-frame.ts";
import { type InvoiceView, invoicePage, readInvoice } from "./invoice-page.ts";
import { textAt } from "./object-fields.ts";
import { invalid, PageRefusal, RequestFields } from "./request-fields.ts";

type WithInvoice = { Params: { invoiceId: string } };

/** The hosted page of an invoice. The id in the path is what lets one in, as at Stripe. */
export function invoiceRoutes(http: FastifyInstance, stripe: StripeStandIn, place: Place): void {
  const viewOf = (id: string): InvoiceView | null => {
    const invoice = stripe.engine.object(id);
    return invoice !== null && textAt(invoice, "object") === "invoice" ? readInvoice(stripe.engine, invoice) : null;
  };
  const openOne = (id: string): InvoiceView => {
    const invoice = viewOf(id);
    if (invoice === null) throw noSuchInvoice();
    if (invoice.status !== "open")
      throw new PageRefusal(409, "invoice_not_open", "This invoice cannot be paid.", `It is ${invoice.status}, not open.`);
    return invoice;
  };

  http.get<WithInvoice>("/invoices/:invoiceId", (request, reply) => {
    const invoice = viewOf(request.params.invoiceId);
    if (invoice === null) throw noSuchInvoice();
    return wantsPage(request) ? sendPage(reply, invoicePage(place, invoice, null)) : reply.send(invoice);
  });

  http.post<WithInvoice>("/invoices/:invoiceId", (request, reply) => {
    const fields = new RequestFields(request.body, isForm(request), CARD_FIELDS);
    const invoice = openOne(request.params.invoiceId);
    const input = readCard(fields, stripe.engine.now());
    if (input !== null && "declined" in input) return answer(request, reply, invoice, input.declined);
    return answer(request, reply, invoice, stripe.engine.payInvoice(invoice.id, input?.card));
  });

  http.get<WithInvoice>("/invoices/:invoiceId/challenge", (request, reply) => {
    const { id } = openOne(request.params.invoiceId);
    return sendPage(reply, challengePage(place, `${place.prefix}/invoices/${id}/challenge`, "Then the invoice is paid."));
  });

  http.post<WithInvoice>("/invoices/:invoiceId/challenge", (request, reply) => {
    const passes = new RequestFields(request.body, isForm(request), ["passes"]).flag("passes");
    if (passes === null) throw invalid("passes is missing.");
    const invoice = openOne(request.params.invoiceId);
    return answer(request, reply, invoice, stripe.engine.answerChallenge(invoice.id, passes));
  });

  const answer = (request: FastifyRequest, reply: FastifyReply, before: InvoiceView, outcome: PayOutcome): FastifyReply => {
    const page = `${place.prefix}/invoices/${before.id}`;
    const invoice = viewOf(before.id) ?? before;
    if (!isForm(request)) {
      const next = outcome.outcome === "needs_action" ? { challenge_url: `${page}/challenge` } : {};
      return reply.send({ ...outcome, status: invoice.status, ...next });
    }
    if (outcome.outcome === "declined") return sendPage(reply, invoicePage(place, invoice, outcome.message));
    return reply.redirect(outcome.outcome === "paid" ? page : `${page}/challenge`, 303);
  };
}

const noSuchInvoice = (): PageRefusal =>
  new PageRefusal(404, "invoice_not_found", "There is no such invoice.", "The link may be incomplete.");
