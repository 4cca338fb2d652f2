/** What `/billing/state` says, in words for the customer. Pure: the page and its test call the same. */

const STATUSES = {
  none: "no plan yet",
  trialing: "trial",
  trial_ended: "the trial has ended",
  complimentary: "free of charge",
  complimentary_ended: "the free time has ended",
  active: "paid",
  past_due: "a payment failed",
  unpaid: "unpaid",
  paused: "paused",
  canceled: "canceled",
  incomplete: "the first payment is not complete",
  incomplete_expired: "the first payment was never made",
  unknown: "not known",
};
const REASONS = {
  trial_ended: "Your trial has ended. Choose a plan to go on; nothing of yours is lost.",
  payment_required: "A payment is missing. Once it is made, everything opens again.",
  canceled: "The plan was canceled. Choose a plan to go on; nothing of yours is lost.",
  paused: "The plan is paused. Resume it to go on.",
  incomplete: "The first payment was not completed. Complete it to go on.",
  complimentary_ended: "The time that was given to you free of charge has ended. Choose a plan to go on.",
  no_subscription: "This account has no plan. Choose one to go on.",
  unknown_status: "We do not understand the state of your plan, and have been told. Please write to support.",
  unknown_plan: "You pay for something that is none of our plans, so we cannot tell what to open. Please write to support.",
};
const MODES = {
  full: "Everything is open",
  grace: "Everything is open for now",
  read_only: "You can read and export",
  billing_only: "Only paying is open",
  locked: "Closed",
};

/** "3 March 2026 at 14:05", in the reader's own zone. */
export const timeInWords = (instant) =>
  new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short" }).format(new Date(instant));

/** The rows of the page: what, and what is said of it. */
export function rowsOf(state) {
  const { subscription, access, plan_billing: billing, verification } = state;
  const rows = [
    ["Plan", planInWords(subscription, billing)],
    ["Use", useInWords(access)],
  ];
  const end = endInWords(subscription);
  if (end) rows.push(end);
  // What the limit says already is not said twice.
  if (subscription.seats !== null && !state.limits.seats) rows.push(["Seats", String(subscription.seats)]);
  for (const [name, { limit, used }] of Object.entries(state.limits)) {
    if (used !== null) rows.push([nameInWords(name), limit === null ? `${used} used` : `${used} of ${limit} used`]);
  }
  rows.push(["Email address", verificationInWords(verification)]);
  return rows;
}

/** "Pro: $29.00 per seat and month" */
export function offerInWords({ display_name: name, text, interval, per_seat: isPerSeat }) {
  return `${name}: ${text} per ${isPerSeat ? "seat and " : ""}${interval}`;
}

/** What is wrong with paying, and what happens next. */
export function problemInWords({ kind, text, attempts, next_attempt_at: next }) {
  if (kind === "paused") return "The plan is paused. Resume it, or add a card, at Stripe.";
  if (kind === "action_required") return `Your bank asks you to confirm the payment of ${text}.`;
  const tries = attempts === 1 ? "The payment" : `${attempts} tries to take the payment`;
  const after = next === null ? "It is not tried again by itself." : `It is tried again on ${timeInWords(next)}.`;
  return `${tries} of ${text} failed. ${after} Give another card at Stripe, and it is paid at once.`;
}

/** What a person reads who comes back from Stripe's page. */
export function returnInWords(cameFrom, { subscription }) {
  if (cameFrom === "canceled") return "You left the payment; nothing was charged.";
  if (cameFrom === "portal") return "";
  const isOpen = subscription.status === "active" || subscription.status === "trialing";
  return isOpen ? "Thank you: your plan is set up." : "The payment is not complete yet. This page shows it as soon as it is.";
}

export function invoiceInWords({ number, created_at: at, total, status }) {
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" }).format(new Date(at));
  return `${date}: ${total.text}, ${status}${number === null ? "" : ` (${number})`}`;
}

/** Why the door is shut, or an empty text. */
export function whyClosed(access) {
  if (access.reason === null) return "";
  return wordsOf(REASONS, access.reason) ?? "The plan does not allow the use of the product now.";
}

function planInWords({ plan, status }, billing) {
  const words = wordsOf(STATUSES, status) ?? STATUSES.unknown;
  return plan === null ? upperFirst(words) : `${billing.display_name ?? upperFirst(plan)} (${words})`;
}

function useInWords({ mode, since, until }) {
  const words = wordsOf(MODES, mode) ?? MODES.locked;
  if (until !== null) return `${words} until ${timeInWords(until)}`;
  return since !== null && mode !== "full" ? `${words} since ${timeInWords(since)}` : words;
}

function endInWords(subscription) {
  if (subscription.status === "trialing" && subscription.trial_ends_at) return ["Trial ends", timeInWords(subscription.trial_ends_at)];
  if (subscription.status === "complimentary" && subscription.complimentary_until)
    return ["Free until", timeInWords(subscription.complimentary_until)];
  if (subscription.cancel_at_period_end && subscription.ends_at) return ["Ends", timeInWords(subscription.ends_at)];
  if (!subscription.current_period_end) return null;
  return [subscription.cancel_at_period_end ? "Ends" : "Renews", timeInWords(subscription.current_period_end)];
}

function verificationInWords({ verified, grace_ends_at: end }) {
  if (verified) return "Confirmed";
  return end === null ? "Not confirmed" : `Not confirmed; needed from ${timeInWords(end)} on`;
}

/** A newer server may have words that this page does not know. */
const wordsOf = (table, key) => (Object.hasOwn(table, key) ? table[key] : null);
const nameInWords = (name) => upperFirst(name.replaceAll("_", " "));
const upperFirst = (text) => text.charAt(0).toUpperCase() + text.slice(1);
