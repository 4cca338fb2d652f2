/** What the simulator of Stripe offers in process: to tests, to the hosted pages and to the control page. */

/** An object as the API gives it, unexpanded. Never changed in place: a change makes a new one. */
export type StripeObject = Readonly<Record<string, unknown>>;

export interface StripeEvent {
  readonly id: string;
  readonly object: "event";
  readonly api_version: string;
  /** Unix seconds, of the customer's own time where a test clock rules it; several events may share one. */
  readonly created: number;
  readonly data: { readonly object: StripeObject; readonly previous_attributes?: StripeObject };
  readonly livemode: boolean;
  /** Endpoints that have not yet answered it with 2xx. */
  readonly pending_webhooks: number;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
  readonly type: string;
}

export type PayOutcome =
  | { readonly outcome: "paid" }
  /** `code` is Stripe's decline code or error code, `message` what a person may read. */
  | { readonly outcome: "declined"; readonly code: string; readonly message: string }
  /** 3-D Secure is asked for: `answerChallenge`. */
  | { readonly outcome: "needs_action" };

/** What happens when the last retry of a renewal failed. */
export type AfterRetries = "cancel" | "unpaid" | "past_due" | "pause";

export interface EngineSettings {
  /** Default "cancel". */
  afterRetries: AfterRetries;
  /** New subscriptions have `billing_mode` flexible: the portal's cancel then sets `cancel_at` and leaves `cancel_at_period_end` false. Default false. */
  flexible: boolean;
  /** How long a renewal's invoice stays a draft. Stripe waits an hour; default 0, so that a renewal is one instant. */
  draftSeconds: number;
  /** Pauses in days after the first failed attempt at a renewal, and after each retry. Default 3, 5, 7. */
  retryDays: readonly number[];
}

export interface SeedSubscription {
  readonly priceId: string;
  /** Default: a new customer. */
  readonly customerId?: string;
  readonly quantity?: number;
  readonly email?: string;
  readonly customerMetadata?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default 4242424242424242. */
  readonly card?: string;
  /** Unix seconds; default: no trial. */
  readonly trialEnd?: number;
  /** Whether the events of it are made (and delivered). Default false: for great numbers. */
  readonly events?: boolean;
}

/**
 * Each method is one change: all of it happened, with its events, when it returns. What fell due before is done first.
 * @throws StripeRefusal (refusal.ts) for what the API would refuse
 */
export interface Engine {
  readonly settings: EngineSettings;
  /** Unix seconds; a customer with a test clock has its own time. */
  now(customerId?: string): number;

  /** Pays on the hosted checkout page. Declined: the session stays open. */
  payCheckout(sessionId: string, card: string): PayOutcome;
  /** When the trial that a session sells ends, in unix seconds; null: it sells none. */
  checkoutTrialEnd(sessionId: string): number | null;
  /** Ends the session without a payment where none is due now and no card is asked for (`payment_method_collection: if_required`). */
  completeCheckoutWithoutCard(sessionId: string): PayOutcome;
  /** Answers 3-D Secure of an invoice or of a checkout session. */
  answerChallenge(invoiceOrSessionId: string, passes: boolean): PayOutcome;
  /** Pays an open invoice on its hosted page, with a new card or the customer's own. */
  payInvoice(invoiceId: string, card?: string): PayOutcome;
  /** Portal: the card becomes the default one. Open invoices are left as they are: see `payOpenInvoices`. */
  setCard(customerId: string, card: string): PayOutcome;
  /** Portal, "pay now": tries each open invoice of the customer, oldest first, until one is not paid. */
  payOpenInvoices(customerId: string): PayOutcome;
  /** Takes the default card away, as a person may in the portal. */
  removeCard(customerId: string): void;
  cancelAtPeriodEnd(subscriptionId: string): void;
  cancelNow(subscriptionId: string): void;
  resumeCancellation(subscriptionId: string): void;
  changePlan(subscriptionId: string, priceId: string, quantity: number): PayOutcome;
  /** Status `paused`, by wish. */
  pause(subscriptionId: string): void;
  resume(subscriptionId: string): PayOutcome;

  /** Ends its subscriptions at once, for good. */
  deleteCustomer(customerId: string): void;
  /** Gives a charge back, or a part of it in minor units; gives the refund's id. */
  refund(chargeId: string, amount?: number): string;
  /** A dispute of a paid charge; gives its id. */
  dispute(chargeId: string, reason?: string): string;
  closeDispute(disputeId: string, status: "won" | "lost"): void;
  /** Makes an active (or trialing) subscription with a good card at once, cheaply: for great numbers. */
  seedSubscription(seed: SeedSubscription): { readonly customerId: string; readonly subscriptionId: string };
  /** Makes an event of any type with any object, for what the simulator does not do by itself. */
  emitEvent(type: string, object: StripeObject): StripeEvent;

  /** Runs what falls due until then, in order of time, for all customers without a test clock. */
  advanceTo(unixSeconds: number): void;
  advanceTestClock(clockId: string, unixSeconds: number): void;
  /** Unix seconds of the next thing that happens by itself (test clocks left out); null: nothing. */
  nextDueAt(): number | null;

  object(id: string): StripeObject | null;
  /** All objects of a type (`customer`, `subscription`, `checkout.session`, ...), newest first. */
  list(type: string): readonly StripeObject[];
  /** Those of one customer, newest first. */
  listOf(type: string, customerId: string): readonly StripeObject[];
  /** What a checkout session sells. */
  lineItems(sessionId: string): readonly StripeObject[];
  /** The last 30 days, oldest first. */
  events(): readonly StripeEvent[];
  /** Gives what stops the listening. */
  onEvent(listener: (event: StripeEvent) => void): () => void;
}
