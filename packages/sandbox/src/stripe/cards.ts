import { derived } from "./mint.ts";

/** Stripe's published test cards. https://docs.stripe.com/testing */
export interface TestCard {
  readonly number: string;
  /** The same for the same number. */
  readonly fingerprint: string;
  /** What a charge says. */
  readonly charge: Decline | "succeeds" | "succeeds_and_is_disputed";
  /** Whether the card can be saved on a customer. */
  readonly attaches: boolean;
  /** When 3-D Secure is asked for: never, until the card was set up once, at each payment. */
  readonly challenge: "never" | "until_set_up" | "always";
  /** Its ready-made payment method in test mode. */
  readonly paymentMethod: string;
}

export interface Decline {
  readonly code: string;
  readonly declineCode: string | null;
  readonly message: string;
}

const DECLINED = "Your card was declined.";
const GENERIC: Decline = { code: "card_declined", declineCode: "generic_decline", message: DECLINED };

/** What a payment says that needs the customer, who is not there. */
export const NEEDS_AUTHENTICATION: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

/** What an attempt says where no card is on file. */
export const NO_CARD: Decline = {
  code: "missing",
  declineCode: null,
  message: "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
};

const good = (number: string, paymentMethod: string): TestCard => ({
  number,
  fingerprint: derived("fingerprint", number, 16),
  charge: "succeeds",
  attaches: true,
  challenge: "never",
  paymentMethod,
});
const bad = (number: string, paymentMethod: string, code: string, declineCode: string | null, message: string): TestCard => ({
  number,
  fingerprint: derived("fingerprint", number, 16),
  charge: { code, declineCode, message },
  attaches: false,
  challenge: "never",
  paymentMethod,
});

export const TEST_CARDS: readonly TestCard[] = [
  good("4242424242424242", "pm_card_visa"),
  good("5555555555554444", "pm_card_mastercard"),
  bad("4000000000000002", "pm_card_visa_chargeDeclined", GENERIC.code, GENERIC.declineCode, DECLINED),
  bad(
    "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "card_declined",
    "insufficient_funds",
    "Your card has insufficient funds.",
  ),
  bad("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "Your card has expired."),
  bad(
    "4000000000000127",
    "pm_card_chargeDeclinedIncorrectCvc",
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
  ),
  { ...good("4000000000000341", "pm_card_chargeCustomerFail"), charge: GENERIC },
  { ...good("4000002500003155", "pm_card_authenticationRequiredOnSetup"), challenge: "until_set_up" },
  { ...good("4000002760003184", "pm_card_authenticationRequired"), challenge: "always" },
  { ...good("4000000000000259", "pm_card_createDispute"), charge: "succeeds_and_is_disputed" },
];

const BY_LAST4 = new Map(TEST_CARDS.map((card) => [card.number.slice(-4), card]));

/** The card of a number as it was typed; undefined: no test card. */
export function cardOfNumber(typed: string): TestCard | undefined {
  const number = typed.replace(/[\s-]/g, "");
  return TEST_CARDS.find((card) => card.number === number);
}

/** The last four digits tell the test cards apart. */
export function cardOfLast4(last4: string): TestCard | undefined {
  return BY_LAST4.get(last4);
}

export function cardOfPaymentMethod(name: string): TestCard | undefined {
  return TEST_CARDS.find((card) => card.paymentMethod === name);
}

export const INCORRECT_NUMBER: Decline = { code: "incorrect_number", declineCode: null, message: "Your card number is incorrect." };
