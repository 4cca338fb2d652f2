/** What no account owns, and why. A new table without account_id must be put here knowingly. */
export const OF_NO_ACCOUNT: Readonly<Record<string, string>> = {
  accounts: "the tenant itself: guarded by its id",
  users: "a person may be in several accounts; an account sees its members",
  oauth_identities: "the person's",
  oauth_states_used: "used up before anybody is known",
  pending_sign_ins: "an address's, before it has a user",
  waitlist_entries: "an address's, before it has a user",
  sessions: "the person's",
  refresh_tokens: "the session's",
  email_verification_tokens: "the person's",
  password_reset_tokens: "the person's",
  plans: "the catalogue, the same for everyone",
  plan_limits: "the catalogue, the same for everyone",
  feature_flags: "the catalogue, the same for everyone",
  plan_feature_defaults: "the catalogue, the same for everyone",
  signing_keys: "the server's",
  settings: "the server's",
  rate_limits: "counted before anybody is known",
  stripe_events: "an event is Stripe's; whose it is shows when it was read, and no account reads the ledger",
  stripe_reconciliations: "the server's",
  stripe_reconciliation_changes: "the server's, for operators",
  cutover_runs: "of all accounts at once, for operators",
  plan_billing: "the catalogue, the same for everyone",
  sales_leads: "somebody's who may have no account; no account reads it",
  sales_lead_notes: "the lead's",
  ticket_offers: "the ticket's, before there is an account",
  former_prices: "the catalogue, the same for everyone",
  policy_versions: "the policy and the catalogue as they were, the same for everyone",
};
/** Unique over all accounts, and why. */
export const UNIQUE_OVER_ALL: Readonly<Record<string, string>> = {
  billing_customers_customer: "a customer at Stripe is of one account (SW-7); its id comes from Stripe and never from a request",
  trial_claims_once: "one trial a person and a company, over all accounts; a hash with the server's key, which no request carries",
};
/** What an account's role may see of them; the rest it may not even name. */
export const SEEN_BY_ACCOUNTS = [
  "accounts",
  "users",
  "plans",
  "plan_limits",
  "feature_flags",
  "plan_feature_defaults",
  "settings",
  "plan_billing",
  "former_prices",
  "policy_versions",
];
export const BOOKKEEPING = [
  "gatehouse_migrations",
  "gatehouse_migrations_lock",
  "resolutionflow_migrations",
  "resolutionflow_migrations_lock",
];
/** They run with their owner's rights: each is read by hand. */
export const WITH_OWNERS_RIGHTS = ["ensure_audit_partition", "erase_account_records"];
