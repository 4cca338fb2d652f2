export { type AccountDeletion, confirmsDeletion, DELETION_UNDO_DAYS, deletionState } from "./account-deletion.ts";
export { type LimitFacts, limitOf, resolveLimits } from "./account-limits.ts";
export { ACCOUNT_STATES, type AccountState, accountState } from "./account-state.ts";
export { BILLING_ACTIONS, type BillingActions, billingActions, blockingSubscription } from "./billing-actions.ts";
export {
  type BillingNotice,
  type BillingNoticeKind,
  NEWS_DAYS,
  noticesOf,
  TRIAL_NOTICE_DAYS,
} from "./billing-notices.ts";
export {
  type AccountTerms,
  addEffects,
  type CatalogueEffect,
  type ChangedKeys,
  catalogueEffects,
  changedKeys,
  EFFECTS,
  type EffectSum,
  type EffectSums,
  type NamedAccount,
  type Terms,
} from "./catalogue-effects.ts";
export { type CarriedTrial, carryTrial, checkoutTrialEnd, type SeatsRefusal, TRIAL_AHEAD_MIN_MS, whyNotSeats } from "./checkout.ts";
export { type GrantState, type GrantWish, grantState, replacesGrants, whyNotGrant } from "./complimentary.ts";
export { csvLine, defuseCell } from "./csv.ts";
export { CUTOVER_VERDICTS, type CutoverDecision, type CutoverFacts, type CutoverVerdict, decideCutover } from "./cutover.ts";
export {
  type CatalogueInForce,
  type CatalogueTerms,
  type CatalogueVersion,
  type Decided,
  decidedFeatures,
  decidedLimits,
  type EntitlementFacts,
} from "./decided-entitlements.ts";
export { type DecidingFact, decidingFact } from "./deciding-fact.ts";
export { displayName } from "./display-name.ts";
export { type DuplicateDecision, decideDuplicates, type RivalSubscription } from "./duplicate-subscriptions.ts";
export { EMAIL_BYTES_MAX, type EmailRefusal, maskEmail, type ParsedEmail, parseEmail } from "./email.ts";
export { type AccessDecision, type AccessFacts, decideAccess, type MendAction } from "./entitlement.ts";
export { EXPORT_NAME_BYTES_MAX, exportPath, foldedPath, numberedPath } from "./export-path.ts";
export { earliest, type FeatureFacts, type Resolution, resolveFeatures, withTurns } from "./features.ts";
export {
  type Flag,
  type FlagValue,
  fromOverride,
  holds,
  isOn,
  LAYERS,
  type Layer,
  lowestPlanWith,
  type Override,
  type Resolved,
  resolveFlag,
  whyNotFlagValue,
} from "./flags.ts";
export { entriesUntil, type FoldedFacts, foldHistory, type HistoryBasis, type HistoryEntry } from "./fold-history.ts";
export { type FoldedOverrides, foldOverrides } from "./fold-overrides.ts";
export { IMPERSONATION_MINUTES, type Impersonated, whomToImpersonate } from "./impersonation.ts";
export {
  INVITE_ROLES,
  INVITE_STATES,
  type Invite,
  type InviteRefusal,
  type InviteRole,
  type InviteState,
  inviteState,
  whyDead,
  whyNotAccept,
  whyNotResend,
} from "./invite.ts";
export { INVITES_A_DAY_MAX, UNVERIFIED_INVITES_A_DAY_MAX, whyNotInviteMore } from "./invite-limits.ts";
export { INVITE_ROWS_MAX, type InviteRow, readInviteList } from "./invite-list.ts";
export { INVITE_VERDICTS, type InviteFacts, type InviteVerdict, type JudgedRow, judgeInvites } from "./invite-verdicts.ts";
export {
  type ConversionRefusal,
  decideConversion,
  LEAD_STATES,
  type LeadConversion,
  type LeadState,
  nextLeadStates,
  whyNotMoveLead,
} from "./leads.ts";
export { hasRoom, LIMIT_MAX, type LimitKind, periodOf, resolveLimit, whyNotLimit } from "./limits.ts";
export {
  type ConnectDecision,
  decideConnect,
  decideLink,
  isLastWayIn,
  isProven,
  type LinkDecision,
  type LinkFacts,
  type LinkRefusal,
  type LinkUser,
  type ProviderEmail,
} from "./linking.ts";
export { type MemberChange, type MemberFact, type RoleRefusal, whyNotChangeRole, whyNotRemove } from "./members.ts";
export { decimalsOf, sayMoney } from "./money.ts";
export {
  advanceWelcome,
  endWelcome,
  hasChosenPlan,
  STEP_ANSWERS,
  type StepRefusal,
  WELCOME_STEPS,
  type Welcome,
  type WelcomeAnswer,
  type WelcomeFacts,
  welcomeOf,
  welcomeSteps,
  whyNotFinishStep,
} from "./onboarding.ts";
export { type Opening, openUntil } from "./open-until.ts";
export {
  isOfferOpen,
  OFFER_DAYS,
  type OfferFacts,
  type OfferingRefusal,
  type OfferRefusal,
  type OfferStanding,
  type OwnershipOffer,
  whyNotOffer,
  whyNotTake,
} from "./ownership.ts";
export {
  PASSWORD_CHARACTERS_MAX,
  PASSWORD_CHARACTERS_MIN,
  type PasswordOwner,
  type PasswordWeakness,
  whyPasswordWeak,
} from "./password.ts";
export { type ClaimHolder, judgePastTrial, PAST_TRIAL_VERDICTS, type PastTrial, type PastTrialVerdict } from "./past-trials.ts";
export {
  type Catalogue,
  lookupKey,
  nameOfPlan,
  type Plan,
  type PlanPrice,
  PRICE_INTERVALS,
  type PriceInterval,
  productId,
  whyNotCatalogue,
} from "./plan.ts";
export {
  ACCESS_MODES,
  type AccessMode,
  type AccessPolicy,
  DEFAULT_POLICY,
  GUARDS,
  type GuardName,
  SHUT_REASONS,
  type ShutReason,
  whatPasses,
} from "./policy.ts";
export { dueReconciliation, eventsSince, type PastReconciliations, type ReconciliationScope, STALE_MINUTES } from "./reconciliation.ts";
export { differencesOf, type FieldDifference, type PastObservation, type RecordedValue, rebuildRecord } from "./record-differences.ts";
export { decideRefresh, REFRESH_REPEAT_SECONDS, type RefreshDecision, type RefreshFacts } from "./refresh.ts";
export { type Rehearsal, rehearse } from "./rehearse.ts";
export { ownPath } from "./return-to.ts";
export { may, PERMISSIONS, type Permission, permissionsOfRole, ROLES, type Role } from "./roles.ts";
export { freeSeats, seatLimit } from "./seats.ts";
export { decideSignup, SIGNUP_MODES, type SignupDecision, type SignupMode, type SignupSettings, signupModeInForce } from "./sign-up.ts";
export { type EventEnvelope, hintOf, hintOfObject, readEvent, STRIPE_EVENTS, type StripeHint, type ThinObject } from "./stripe-events.ts";
export { asId, asInstant, asList, asNumber, asObject, asText, type StripeObject } from "./stripe-object.ts";
export {
  hasEnded,
  knownStatus,
  type Observation,
  type OpenInvoice,
  type PriceBook,
  type PriceEntry,
  recordOf,
  STRIPE_STATUSES,
  type StripeStatus,
  type SubscriptionAlarm,
  type SubscriptionRecord,
} from "./stripe-record.ts";
export { type ObservedSubscription, readInvoice, readSubscription } from "./stripe-subscription.ts";
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
export {
  INVITATION_STATES,
  type InvitationState,
  invitationState,
  isTicketOfferOpen,
  type TicketOffer,
  ticketEnd,
  whyNotTakeTicketOffer,
} from "./ticket-offer.ts";
export { addDays, addHours, addMilliseconds, addMinutes, addSeconds, DAY_MS } from "./time.ts";
export {
  CLAIM_KINDS,
  type ClaimKind,
  isBelow,
  isReservedDomain,
  lapsedUpTo,
  providerValue,
  TRIAL_REFUSALS,
  type TrialClaim,
  type TrialPerson,
  type TrialRefusal,
  trialAddress,
  trialClaims,
  whyNotTrial,
} from "./trial-abuse.ts";
export { extendTrial, type TrialExtension } from "./trial-extension.ts";
export { type TrialNotice, type TrialNoticeKind, trialNoticeOf } from "./trial-notices.ts";
export { decideVerification, type VerificationDecision, type VerificationFacts } from "./verification.ts";
export { REMINDER_NEWS_DAYS, type ReminderDay, VERIFICATION_REMINDER_DAYS, verificationReminderDue } from "./verification-reminders.ts";
export {
  LEFT_OUT,
  type LeftOut,
  type TicketRefusal,
  WAITLIST_BATCH_MAX,
  WAITLIST_STATES,
  WAITLIST_TICKET_DAYS,
  type WaitlistEntry,
  type WaitlistState,
  waitlistState,
  whyNotEnter,
  whyNotInvite,
  whyNotSendAgain,
  whyTicketDead,
} from "./waitlist.ts";
