/** Stripe's test cards that the sandbox plays. @see https://docs.stripe.com/testing#cards */
export const TEST_CARDS: readonly { readonly number: string; readonly what: string }[] = [
  { number: "4242424242424242", what: "Succeeds" },
  { number: "4000000000000002", what: "Is declined" },
  { number: "4000000000009995", what: "Has insufficient funds" },
  { number: "4000002500003155", what: "Asks for 3-D Secure once" },
  { number: "4000002760003184", what: "Asks for 3-D Secure every time" },
  { number: "4000000000000341", what: "Is taken, then fails when charged" },
  { number: "4000000000000069", what: "Has expired" },
  { number: "4000000000000127", what: "Has a wrong CVC" },
  { number: "4000000000000259", what: "Succeeds, then is disputed" },
];

/** In groups of four, as it stands on a card. */
export const inGroups = (number: string): string => number.replace(/(\d{4})(?=\d)/g, "$1 ");
