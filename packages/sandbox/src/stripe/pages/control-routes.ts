import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendPage, wantsPage } from "../../browser-request.ts";
import { isForm } from "../../own-pages.ts";
import { FAULT_KINDS } from "../faults.ts";
import type { StripeStandIn } from "../stand-in.ts";
import { controlPage } from "./control-page.ts";
import { AFTER_RETRIES, DELIVERY_MODES, readControl, readEvents } from "./control-view.ts";
import type { Place } from "./hosted-frame.ts";
import { isTrueAt, textAt } from "./object-fields.ts";
import { invalid, PageRefusal, RequestFields } from "./request-fields.ts";

const IDS_MAX = 10_000;
const EVENTS_MAX = 10_000;
const EVENTS_DEFAULT = 200;
const TIMES_MAX = 100_000;

type Answer = object | Promise<object>;

/** The control page of the sandbox's Stripe, and the same for programs. */
export function controlRoutes(http: FastifyInstance, stripe: StripeStandIn, place: Place): void {
  http.get("/", (request, reply) => {
    if (wantsPage(request)) return sendPage(reply, controlPage(place, stripe, null));
    const list = (type: string) => stripe.engine.list(type).slice(0, EVENTS_DEFAULT);
    return reply.send({ customers: list("customer"), subscriptions: list("subscription"), invoices: list("invoice") });
  });
  http.get("/control", (_request, reply) => reply.send(readControl(stripe)));
  http.get<{ Querystring: { limit?: unknown } }>("/events", (request, reply) => {
    const fields = new RequestFields(request.query, true, ["limit"]);
    return reply.send(readEvents(stripe, fields.whole("limit", 1, EVENTS_MAX) ?? EVENTS_DEFAULT));
  });
  const action = (name: string, known: readonly string[], act: (fields: RequestFields) => Answer): void => {
    http.post(`/control/${name}`, async (request: FastifyRequest, reply: FastifyReply) => {
      const answer = await act(new RequestFields(request.body, isForm(request), known));
      return isForm(request) ? reply.redirect(`${place.prefix}/`, 303) : reply.send(answer);
    });
  };
  webhookActions(action, stripe);
  action("faults", ["kind", "times"], (fields) => {
    const kind = fields.oneOf("kind", FAULT_KINDS);
    if (kind === null) throw invalid("kind is missing.");
    stripe.faults.set(kind, fields.whole("times", 1, TIMES_MAX) ?? undefined);
    return readControl(stripe);
  });
  action("settings", ["after_retries"], (fields) => {
    const afterRetries = fields.oneOf("after_retries", AFTER_RETRIES);
    if (afterRetries === null) throw invalid("after_retries is missing.");
    stripe.engine.settings.afterRetries = afterRetries;
    return readControl(stripe);
  });
  objectActions(action, stripe);
}

type Action = (name: string, known: readonly string[], act: (fields: RequestFields) => Answer) => void;

function webhookActions(action: Action, stripe: StripeStandIn): void {
  const { webhooks, engine } = stripe;
  action("webhooks", ["mode"], (fields) => {
    const kind = fields.oneOf("mode", DELIVERY_MODES);
    if (kind === null) throw invalid("mode is missing.");
    webhooks.setMode({ kind });
    return readControl(stripe);
  });
  action("webhooks/release", ["order", "ids"], async (fields) => {
    const order = fields.oneOf("order", ["in_order", "shuffled"]) ?? "in_order";
    const pending = webhooks.pending().map(({ id }) => id);
    const ids = fields.texts("ids", IDS_MAX) ?? pending;
    const unknown = ids.find((id) => !pending.includes(id));
    if (unknown !== undefined) throw new PageRefusal(422, "event_not_held", "There is no such held event.", `${unknown} is not held.`);
    const deliveries = await webhooks.release(order === "shuffled" ? shuffled(ids) : ids);
    return { deliveries, ...readControl(stripe) };
  });
  action("webhooks/deliver", ["id"], async (fields) => {
    const id = fields.needText("id");
    if (!engine.events().some((event) => event.id === id))
      throw new PageRefusal(404, "event_not_found", "There is no such event.", "Events are kept for 30 days.");
    if (webhooks.url === null) throw new PageRefusal(409, "no_endpoint", "No endpoint is set.", "Events are sent to nobody.");
    return await webhooks.deliver(id);
  });
}

function objectActions(action: Action, { engine }: StripeStandIn): void {
  const named = (fields: RequestFields, field: string): string => {
    const id = fields.needText(field);
    const found = engine.object(id);
    if (textAt(found, "object") === field && !isTrueAt(found, "deleted")) return id;
    throw new PageRefusal(404, `${field}_not_found`, `There is no such ${field}.`, "It may have been deleted.");
  };
  action("cancel", ["subscription"], (fields) => {
    const id = named(fields, "subscription");
    engine.cancelNow(id);
    return engine.object(id) ?? {};
  });
  action("delete_customer", ["customer"], (fields) => {
    const id = named(fields, "customer");
    engine.deleteCustomer(id);
    return engine.object(id) ?? {};
  });
  action("refund", ["charge"], (fields) => engine.object(engine.refund(named(fields, "charge"))) ?? {});
  action("dispute", ["charge"], (fields) => engine.object(engine.dispute(named(fields, "charge"))) ?? {});
}

/** Another order, drawn from the ids themselves: no two releases of the same events differ. */
function shuffled(ids: readonly string[]): readonly string[] {
  const rank = (id: string): string => createHash("sha256").update(id).digest("hex");
  return ids.toSorted((one, other) => rank(one).localeCompare(rank(other)));
}
