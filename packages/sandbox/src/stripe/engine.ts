import type { Cause, EngineCore } from "./engine-core.ts";
import type { Engine, EngineSettings } from "./engine-face.ts";
import { detachAll } from "./life/card-keeping.ts";
import { answerCheckoutChallenge, completeWithoutCard, payCheckout, sessionFor } from "./life/checkout.ts";
import { deleteCustomer } from "./life/customers.ts";
import { closeDispute, openDispute, refund } from "./life/disputes.ts";
import {
  answerInvoiceChallenge,
  cancelAtPeriodEnd,
  payInvoice,
  payOpenInvoices,
  resumeCancellation,
  runningSubscription,
  setCard,
} from "./life/portal.ts";
import { changePlan, pauseByWish, resumePaused } from "./life/portal-changes.ts";
import { seedSubscription } from "./life/seed.ts";
import { endSubscription } from "./life/subscription-status.ts";
import { advanceTestClock } from "./life/test-clocks.ts";
import { missing } from "./refusal.ts";
import { findObject, publicTable } from "./state.ts";

export const DEFAULT_SETTINGS: EngineSettings = { afterRetries: "cancel", flexible: false, draftSeconds: 0, retryDays: [3, 5, 7] };

/** The simulator as tests and pages drive it in process: each method is one change of `core`. */
export function openEngine(core: EngineCore): Engine {
  const { world, log } = core;
  const act = <T>(change: () => T, cause?: Cause): T => core.transact(change, cause);
  return {
    settings: world.settings,
    now: (customerId) => world.now(customerId),
    payCheckout: (id, card) => act(() => payCheckout(world, id, card)),
    checkoutTrialEnd: (id) => sessionFor(world, id).order.trialEnd,
    completeCheckoutWithoutCard: (id) => act(() => completeWithoutCard(world, id)),
    answerChallenge: (id, passes) =>
      act(() => (id.startsWith("cs_") ? answerCheckoutChallenge(world, id, passes) : answerInvoiceChallenge(world, id, passes))),
    payInvoice: (id, card) => act(() => payInvoice(world, id, card)),
    setCard: (id, card) => act(() => setCard(world, id, card)),
    payOpenInvoices: (id) => act(() => payOpenInvoices(world, id)),
    removeCard: (id) => act(() => detachAll(world, id)),
    cancelAtPeriodEnd: (id) => act(() => cancelAtPeriodEnd(world, id)),
    cancelNow: (id) =>
      act(() => {
        endSubscription(world, runningSubscription(world, id), { reason: "cancellation_requested" });
      }),
    resumeCancellation: (id) => act(() => resumeCancellation(world, id)),
    changePlan: (id, price, quantity) => act(() => changePlan(world, id, price, quantity)),
    pause: (id) => act(() => pauseByWish(world, id)),
    resume: (id) => act(() => resumePaused(world, id)),
    deleteCustomer: (id) =>
      act(() => {
        deleteCustomer(world, id);
      }),
    refund: (chargeId, amount) => act(() => refund(world, { chargeId, amount, reason: undefined, metadata: {} }).id),
    dispute: (chargeId, reason = "fraudulent") =>
      act(() => {
        const charge = world.state.charge.get(chargeId);
        if (charge === undefined) throw missing("charge", chargeId);
        return openDispute(world, charge, reason).id;
      }),
    closeDispute: (id, status) =>
      act(() => {
        closeDispute(world, id, status);
      }),
    seedSubscription: (seed) => act(() => seedSubscription(world, seed)),
    emitEvent: (type, object) => act(() => world.emit(type, object)),
    advanceTo: core.advanceTo,
    advanceTestClock: (id, unixSeconds) =>
      act(() => {
        advanceTestClock(world, core.advanceClock, id, unixSeconds);
      }),
    nextDueAt: core.nextDueAt,
    object: (id) => log.get(id) ?? findObject(world.state, id),
    list: (type) => (type === "event" ? log.all().toReversed() : [...(publicTable(world.state, type)?.walk() ?? [])]),
    listOf: (type, customerId) => [...(publicTable(world.state, type)?.walk({ under: customerId }) ?? [])],
    lineItems: (id) => sessionFor(world, id).order.lineItems,
    events: log.all,
    onEvent: core.onEvent,
  };
}
