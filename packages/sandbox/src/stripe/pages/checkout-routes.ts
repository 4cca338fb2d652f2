import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendPage, sendProblem, wantsPage } from "../../browser-request.ts";
import { isForm } from "../../own-pages.ts";
import type { PayOutcome } from "../engine-face.ts";
import type { StripeStandIn } from "../stand-in.ts";
import { CARD_FIELDS, readCard } from "./card-form.ts";
import { type CheckoutOffer, checkoutPage, readOffer } from "./checkout-page.ts";
import { challengePage, linkOut, notePage, type Place } from "./hosted-frame.ts";
import { textAt } from "./object-fields.ts";
import { invalid, RequestFields } from "./request-fields.ts";

type WithSession = { Params: { sessionId: string } };

/** The hosted checkout. The id in the path is what lets one in, as at Stripe. */
export function checkoutRoutes(http: FastifyInstance, stripe: StripeStandIn, place: Place): void {
  const offerOf = (id: string): CheckoutOffer | null => {
    const session = stripe.engine.object(id);
    return session !== null && textAt(session, "object") === "checkout.session"
      ? readOffer(stripe.engine, session, stripe.engine.checkoutTrialEnd(id))
      : null;
  };

  http.get<WithSession>("/checkout/:sessionId", (request, reply) => {
    const offer = offerOf(request.params.sessionId);
    if (offer === null || (offer.status !== "open" && wantsPage(request))) return sendClosed(place, request, reply, offer);
    if (!wantsPage(request)) return reply.send(offer);
    return sendPage(reply, checkoutPage(place, offer, null), leadsTo(offer));
  });

  http.post<WithSession>("/checkout/:sessionId", (request, reply) => {
    const fields = new RequestFields(request.body, isForm(request), [...CARD_FIELDS, "without_card"]);
    const offer = offerOf(request.params.sessionId);
    if (offer?.status !== "open") return sendClosed(place, request, reply, offer);
    return answer(request, reply, offer, pay(stripe, offer, fields));
  });

  http.get<WithSession>("/checkout/:sessionId/challenge", (request, reply) => {
    const offer = offerOf(request.params.sessionId);
    if (offer?.status !== "open") return sendClosed(place, request, reply, offer);
    const action = `${place.prefix}/checkout/${offer.id}/challenge`;
    return sendPage(reply, challengePage(place, action, "Then the subscription begins."), leadsTo(offer));
  });

  http.post<WithSession>("/checkout/:sessionId/challenge", (request, reply) => {
    const passes = new RequestFields(request.body, isForm(request), ["passes"]).flag("passes");
    if (passes === null) throw invalid("passes is missing.");
    const offer = offerOf(request.params.sessionId);
    if (offer?.status !== "open") return sendClosed(place, request, reply, offer);
    return answer(request, reply, offer, stripe.engine.answerChallenge(offer.id, passes));
  });

  const answer = (request: FastifyRequest, reply: FastifyReply, before: CheckoutOffer, outcome: PayOutcome): FastifyReply => {
    const offer = offerOf(before.id) ?? before;
    const challenge = `${place.prefix}/checkout/${offer.id}/challenge`;
    if (!isForm(request)) return reply.send(forPrograms(offer, outcome, challenge));
    if (outcome.outcome === "needs_action") return reply.redirect(challenge, 303);
    if (outcome.outcome === "declined") return sendPage(reply, checkoutPage(place, offer, outcome.message), leadsTo(offer));
    return offer.success_url === null ? sendClosed(place, request, reply, offer) : reply.redirect(offer.success_url, 303);
  };
}

function pay(stripe: StripeStandIn, offer: CheckoutOffer, fields: RequestFields): PayOutcome {
  if (fields.flag("without_card") === true) {
    if (offer.needs_card) throw invalid("This checkout asks for a card.");
    return stripe.engine.completeCheckoutWithoutCard(offer.id);
  }
  const input = readCard(fields, stripe.engine.now());
  if (input === null) throw invalid("card is missing.");
  return "declined" in input ? input.declined : stripe.engine.payCheckout(offer.id, input.card);
}

function forPrograms(offer: CheckoutOffer, outcome: PayOutcome, challenge: string): object {
  const next =
    outcome.outcome === "paid"
      ? { redirect_url: offer.success_url }
      : outcome.outcome === "needs_action"
        ? { challenge_url: challenge }
        : {};
  return { ...outcome, status: offer.status, ...next };
}

const leadsTo = (offer: CheckoutOffer): readonly string[] => [offer.success_url ?? "", offer.cancel_url ?? ""];

/** Says plainly why nothing can be paid here. */
function sendClosed(place: Place, request: FastifyRequest, reply: FastifyReply, offer: CheckoutOffer | null): FastifyReply {
  const [status, code, title, detail] = whyClosed(offer);
  if (!wantsPage(request)) return sendProblem(reply, status, code, title, detail);
  const isPaid = offer?.status === "complete";
  const next = isPaid ? linkOut(offer.success_url, "Go on", "next") : linkOut(offer?.cancel_url ?? null, "Back");
  return sendPage(reply.code(isPaid ? 200 : status), notePage(place, title, detail, next));
}

function whyClosed(offer: CheckoutOffer | null): readonly [number, string, string, string] {
  switch (offer?.status) {
    case undefined:
      return [404, "checkout_session_not_found", "There is no such checkout.", "The link may be incomplete."];
    case "complete":
      return [
        409,
        "checkout_session_complete",
        "This checkout is complete.",
        "The subscription has begun, and nothing more is to be done.",
      ];
    default:
      return [409, "checkout_session_expired", "This checkout has expired.", "Nothing was paid. Go back and start again."];
  }
}
