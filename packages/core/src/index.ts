export { EMAIL_BYTES_MAX, type EmailRefusal, maskEmail, type ParsedEmail, parseEmail } from "./email.ts";
export { type AccessDecision, type AccessFacts, decideAccess, type MendAction } from "./entitlement.ts";
export { type Invite, type InviteRefusal, whyNotAccept } from "./invite.ts";
export {
  PASSWORD_CHARACTERS_MAX,
  PASSWORD_CHARACTERS_MIN,
  type PasswordOwner,
  type PasswordWeakness,
  whyPasswordWeak,
} from "./password.ts";
export { type Catalogue, type Plan, whyNotCatalogue } from "./plan.ts";
export { ACCESS_MODES, type AccessMode, type AccessPolicy, DEFAULT_POLICY, SHUT_REASONS, type ShutReason } from "./policy.ts";
export { decideRefresh, REFRESH_REPEAT_SECONDS, type RefreshDecision, type RefreshFacts } from "./refresh.ts";
export { may, PERMISSIONS, type Permission, permissionsOfRole, ROLES, type Role } from "./roles.ts";
export { decideSignup, SIGNUP_MODES, type SignupDecision, type SignupMode, type SignupSettings, signupModeInForce } from "./sign-up.ts";
export {
  type EffectiveSubscription,
  effectiveSubscription,
  type GrantFact,
  type StripeSubscriptionFact,
  SUBSCRIPTION_STATUSES,
  type SubscriptionFacts,
  type SubscriptionStatus,
  type TrialFact,
} from "./subscription.ts";
export { addDays, addHours, addMilliseconds, addMinutes, addSeconds, DAY_MS } from "./time.ts";
export { decideVerification, type VerificationDecision, type VerificationFacts } from "./verification.ts";
