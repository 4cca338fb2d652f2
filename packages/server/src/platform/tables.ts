import type { Generated } from "kysely";
import type { AccessTables } from "./access-tables.ts";
import type { BillingTables } from "./billing-tables.ts";
import type { CatalogueTables } from "./catalogue-tables.ts";
import type { Fixed, Json } from "./columns.ts";
import type { SalesTables } from "./sales-tables.ts";
import type { TrialTables } from "./trial-tables.ts";
import type { WaitlistTables } from "./waitlist-tables.ts";

interface Users {
  id: Fixed<string>;
  email: string;
  email_normalised: string | null;
  name: string;
  password_hash: string | null;
  password_proven_at: Date | null;
  email_verified_at: Date | null;
  role_at_signup: string | null;
  is_operator: Generated<boolean>;
  locale: Generated<string>;
  verification_reminded_day: Generated<number>;
  created_at: Fixed<Date>;
  updated_at: Date;
  deleted_at: Date | null;
}
interface OauthIdentities {
  id: Fixed<string>;
  provider: string;
  issuer: string;
  subject: string;
  user_id: string;
  email_at_link: string | null;
  tenant_at_link: string | null;
  created_at: Fixed<Date>;
  last_used_at: Date | null;
}
interface OauthStatesUsed {
  id_hash: Fixed<Buffer>;
  expires_at: Fixed<Date>;
}
interface PendingSignIns {
  id: Fixed<string>;
  token_hash: Fixed<Buffer>;
  email: Fixed<string>;
  email_normalised: Fixed<string>;
  name: Fixed<string>;
  account_name: Fixed<string | null>;
  password_hash: Fixed<string | null>;
  provider: Fixed<string | null>;
  issuer: Fixed<string | null>;
  subject: Fixed<string | null>;
  tenant: Fixed<string | null>;
  browser_hash: Fixed<Buffer>;
  return_to: Fixed<string | null>;
  invite_account_id: Fixed<string | null>;
  invite_id: Fixed<string | null>;
  requested_ip: Fixed<string | null>;
  requested_user_agent: Fixed<string | null>;
  created_at: Fixed<Date>;
  expires_at: Fixed<Date>;
  consumed_at: Date | null;
}
interface Sessions {
  id: Fixed<string>;
  user_id: string;
  user_agent: string | null;
  ip: string | null;
  created_at: Fixed<Date>;
  last_seen_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  revoked_reason: string | null;
}
interface RefreshTokens {
  token_hash: Fixed<Buffer>;
  session_id: Fixed<string>;
  issued_at: Fixed<Date>;
  expires_at: Date;
  used_at: Date | null;
  successor_hash: Buffer | null;
}
interface EmailVerificationTokens {
  id: Fixed<string>;
  token_hash: Fixed<Buffer>;
  user_id: string;
  email: string;
  requested_ip: string | null;
  requested_user_agent: string | null;
  created_at: Fixed<Date>;
  expires_at: Date;
  consumed_at: Date | null;
}
interface PasswordResetTokens extends EmailVerificationTokens {
  purpose: "reset" | "claim";
}
interface Accounts {
  id: Fixed<string>;
  name: string;
  slug: string;
  company_size: string | null;
  industry: string | null;
  primary_use: string | null;
  onboarding_step_completed: Generated<number>;
  created_at: Fixed<Date>;
  updated_at: Date;
  deleted_at: Date | null;
  erased_at: Date | null;
}
interface Memberships {
  account_id: Fixed<string>;
  id: Fixed<string>;
  user_id: string;
  role: "owner" | "admin" | "member" | "viewer";
  invited_by: string | null;
  onboarding_step_completed: Generated<number>;
  created_at: Fixed<Date>;
}
interface AccountInvites {
  account_id: Fixed<string>;
  id: Fixed<string>;
  email: string;
  email_normalised: string;
  role: "admin" | "member" | "viewer";
  token_hash: Buffer;
  invited_by: string | null;
  created_at: Fixed<Date>;
  expires_at: Date;
  accepted_at: Date | null;
  accepted_by: string | null;
  revoked_at: Date | null;
  revoked_by: string | null;
  email_sent_at: Date | null;
  sends: Generated<number>;
  last_sent_at: Date | null;
}
interface OwnershipOffers {
  account_id: Fixed<string>;
  id: Fixed<string>;
  offered_by: Fixed<string>;
  offered_to: Fixed<string>;
  role_after: Fixed<"owner" | "admin" | "member" | "viewer">;
  created_at: Fixed<Date>;
  expires_at: Fixed<Date>;
  accepted_at: Date | null;
  ended_at: Date | null;
  ended_reason: string | null;
}
interface AccountDeletions {
  account_id: Fixed<string>;
  id: Fixed<string>;
  requested_by: Fixed<string | null>;
  requested_at: Fixed<Date>;
  due_at: Fixed<Date>;
  held_subscriptions: Generated<string[]>;
  queued_at: Date | null;
  undone_at: Date | null;
  erased_at: Date | null;
}
interface Trials {
  account_id: Fixed<string>;
  id: Fixed<string>;
  plan: string;
  starts_at: Date;
  ends_at: Date;
  extended_days: Generated<number>;
  version: Generated<number>;
}
interface ComplimentaryGrants {
  account_id: Fixed<string>;
  id: Fixed<string>;
  plan: string;
  starts_at: Date;
  until: Date | null;
  reason: string;
  granted_by: string | null;
  ended_at: Date | null;
  ended_by: string | null;
  version: Generated<number>;
  cutover_run_id: string | null;
}
interface Impersonations {
  account_id: Fixed<string>;
  id: Fixed<string>;
  operator_id: Fixed<string>;
  operator_session_id: Fixed<string>;
  as_user_id: Fixed<string>;
  reason: Fixed<string>;
  started_at: Fixed<Date>;
  expires_at: Fixed<Date>;
  ended_at: Date | null;
  ended_by: string | null;
}
interface StripeSubscriptions {
  account_id: Fixed<string>;
  id: Fixed<string>;
  status: string;
  plan: string | null;
  current_period_end: Date | null;
  cancel_at_period_end: boolean;
  seats: number;
  past_due_since: Date | null;
  changed_at: Date;
  last_ticket: number;
  customer_id: string | null;
  item_id: string | null;
  price_id: string | null;
  billing_interval: string | null;
  trial_ends_at: Date | null;
  ends_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  paused_reason: string | null;
  collection_paused: string | null;
  has_payment_method: Generated<boolean>;
  open_invoice: Json | null;
}
interface AccessHistory {
  account_id: Fixed<string>;
  id: Fixed<string>;
  kind: Fixed<string>;
  subject_id: Fixed<string>;
  value: Fixed<unknown>;
  valid_from: Fixed<Date>;
  recorded_at: Fixed<Date>;
  cause: Fixed<string>;
}
interface AuditEvents {
  account_id: Fixed<string>;
  id: Fixed<string>;
  at: Fixed<Date>;
  actor_user_id: Fixed<string | null>;
  action: Fixed<string>;
  target_id: Fixed<string | null>;
  ip: Fixed<string | null>;
  user_agent: Fixed<string | null>;
  details: Fixed<unknown>;
}
interface IdempotencyKeys {
  account_id: Fixed<string>;
  user_id: Fixed<string>;
  route: Fixed<string>;
  key: Fixed<string>;
  body_hash: Fixed<Buffer>;
  answer: Json | null;
  created_at: Fixed<Date>;
  expires_at: Date;
}
interface SigningKeys {
  kid: Fixed<string>;
  public_jwk: Json;
  private_jwk_sealed: Buffer;
  created_at: Fixed<Date>;
  retires_at: Date;
}
interface Settings {
  key: string;
  value: unknown;
  updated_at: Date;
}
interface RateLimits {
  bucket: Buffer;
  used: number;
  window_ends_at: Date;
}

/** Every table of the platform. An app adds its own by declaration merging in its store. */
export interface Tables extends AccessTables, BillingTables, SalesTables, TrialTables, WaitlistTables, CatalogueTables {
  users: Users;
  oauth_identities: OauthIdentities;
  oauth_states_used: OauthStatesUsed;
  pending_sign_ins: PendingSignIns;
  sessions: Sessions;
  refresh_tokens: RefreshTokens;
  email_verification_tokens: EmailVerificationTokens;
  password_reset_tokens: PasswordResetTokens;
  accounts: Accounts;
  memberships: Memberships;
  account_invites: AccountInvites;
  ownership_offers: OwnershipOffers;
  account_deletions: AccountDeletions;
  trials: Trials;
  complimentary_grants: ComplimentaryGrants;
  impersonations: Impersonations;
  stripe_subscriptions: StripeSubscriptions;
  access_history: AccessHistory;
  audit_events: AuditEvents;
  idempotency_keys: IdempotencyKeys;
  signing_keys: SigningKeys;
  settings: Settings;
  rate_limits: RateLimits;
}
