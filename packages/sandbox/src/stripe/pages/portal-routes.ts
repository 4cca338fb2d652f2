import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendPage, wantsPage } from "../../browser-request.ts";
import { isForm } from "../../own-pages.ts";
import type { Engine, PayOutcome } from "../engine-face.ts";
import type { StripeStandIn } from "../stand-in.ts";
import { CARD_FIELDS, readCard } from "./card-form.ts";
import type { Place } from "./hosted-frame.ts";
import { portalPage } from "./portal-page.ts";
import { type PortalView, readPortal, type SubscriptionView } from "./portal-view.ts";
import { invalid, PageRefusal, RequestFields } from "./request-fields.ts";

type WithPortal = { Params: { portalSessionId: string } };
/** What was asked, of whom, with what. */
interface Ask {
  readonly portal: PortalView;
  readonly fields: RequestFields;
}
interface Done {
  readonly result: PayOutcome;
  /** The open invoice that 3-D Secure is asked for: its id, or which one of them. */
  readonly waiting?: string;
}
const DONE: Done = { result: { outcome: "paid" } };
const SEATS_MAX = 10_000;

/** The customer portal. The id in the path is what lets one in, as at Stripe, and only to what is its customer's own. */
export function portalRoutes(http: FastifyInstance, stripe: StripeStandIn, place: Place): void {
  const { engine } = stripe;
  const portalOf = (id: string): PortalView => {
    const portal = readPortal(engine, id);
    if (portal === null)
      throw new PageRefusal(404, "portal_session_not_found", "There is no such portal session.", "The link may be incomplete.");
    if (portal === "deleted")
      throw new PageRefusal(
        410,
        "customer_deleted",
        "This customer is no more.",
        "The customer was deleted, and the subscriptions ended with it.",
      );
    return portal;
  };
  const page = (portalId: string): string => `${place.prefix}/portal/${portalId}`;

  const answer = (request: FastifyRequest, reply: FastifyReply, id: string, { result, waiting }: Done): FastifyReply => {
    const portal = portalOf(id);
    const challenge = result.outcome === "needs_action" ? challengeUrl(portal, waiting, place) : null;
    if (!isForm(request)) return reply.send({ ...result, ...(challenge === null ? {} : { challenge_url: challenge }), portal });
    if (result.outcome === "declined") return sendPage(reply, portalPage(place, portal, result.message));
    return reply.redirect(challenge ?? page(id), 303);
  };
  const action = (name: string, known: readonly string[], act: (ask: Ask) => Done): void => {
    http.post<WithPortal>(`/portal/:portalSessionId/${name}`, (request, reply) => {
      const fields = new RequestFields(request.body, isForm(request), known);
      const portal = portalOf(request.params.portalSessionId);
      return answer(request, reply, portal.id, act({ portal, fields }));
    });
  };

  http.get<WithPortal>("/portal/:portalSessionId", (request, reply) => {
    const portal = portalOf(request.params.portalSessionId);
    return wantsPage(request) ? sendPage(reply, portalPage(place, portal, null)) : reply.send(portal);
  });
  cardActions(action, engine);
  subscriptionActions(action, engine);
}

type Action = (name: string, known: readonly string[], act: (ask: Ask) => Done) => void;

function cardActions(action: Action, engine: Engine): void {
  action("card", CARD_FIELDS, ({ portal, fields }) => {
    const input = readCard(fields, engine.now());
    if (input === null) throw invalid("card is missing.");
    if ("declined" in input) return { result: input.declined };
    const kept = engine.setCard(portal.customer.id, input.card);
    return { result: kept.outcome === "paid" ? engine.payOpenInvoices(portal.customer.id) : kept, waiting: "oldest" };
  });
  action("pay", ["invoice"], ({ portal, fields }) => {
    const id = fields.text("invoice");
    if (id === null) return { result: engine.payOpenInvoices(portal.customer.id), waiting: "oldest" };
    if (!portal.invoices.some((invoice) => invoice.id === id))
      throw new PageRefusal(404, "invoice_not_found", "There is no such invoice.", "This customer has none of that id.");
    return { result: engine.payInvoice(id), waiting: id };
  });
}

function subscriptionActions(action: Action, engine: Engine): void {
  action("plan", ["subscription", "price", "lookup_key", "quantity"], (ask) => {
    const subscription = subscriptionOf(ask);
    const seats = ask.fields.whole("quantity", 1, SEATS_MAX) ?? subscription.quantity;
    return { result: engine.changePlan(subscription.id, wantedPrice(ask, subscription), seats), waiting: "newest" };
  });
  action("cancel", ["subscription"], (ask) => {
    engine.cancelAtPeriodEnd(subscriptionOf(ask).id);
    return DONE;
  });
  action("resume", ["subscription"], (ask) => {
    engine.resumeCancellation(subscriptionOf(ask).id);
    return DONE;
  });
  action("pause", ["subscription"], (ask) => {
    engine.pause(subscriptionOf(ask).id);
    return DONE;
  });
  action("unpause", ["subscription"], (ask) => ({ result: engine.resume(subscriptionOf(ask).id), waiting: "newest" }));
}

/** The one that is named, if it is the customer's own; without a name the newest that has not ended. */
function subscriptionOf({ portal, fields }: Ask): SubscriptionView {
  const id = fields.text("subscription");
  const live = portal.subscriptions.filter((subscription) => !subscription.has_ended);
  const subscription = id === null ? live[0] : live.find((one) => one.id === id);
  if (subscription) return subscription;
  throw new PageRefusal(
    404,
    "subscription_not_found",
    "There is no such subscription.",
    "This customer has none of that id that has not ended.",
  );
}

function wantedPrice({ portal, fields }: Ask, subscription: SubscriptionView): string {
  const price = fields.text("price");
  const key = fields.text("lookup_key");
  if (price === null && key === null) return subscription.price;
  const plan = portal.plans.find((one) => one.price === price || (key !== null && one.lookup_key === key));
  if (plan) return plan.price;
  if (price === subscription.price) return price;
  throw invalid("This plan cannot be changed to.");
}

/** Where 3-D Secure is answered: at the invoice that waits for it. */
function challengeUrl({ invoices }: PortalView, waiting: string | undefined, place: Place): string {
  const open = invoices.filter((invoice) => invoice.status === "open").map(({ id }) => id);
  const id = waiting === "oldest" ? open.at(-1) : waiting === "newest" ? open[0] : waiting;
  return `${place.prefix}/invoices/${id}/challenge`;
}
