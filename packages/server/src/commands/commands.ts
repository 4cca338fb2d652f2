import { accessExplain } from "./access-explain.ts";
import { accessRehearse } from "./access-rehearse.ts";
import { accessShadow } from "./access-shadow.ts";
import { accountComp, accountUncomp, trialExtend } from "./account-gifts.ts";
import { accountRestore } from "./account-restore.ts";
import { accountFlags, accountLimits, accountSetFlag, accountSetLimit, accountUnsetFlag, accountUnsetLimit } from "./account-settings.ts";
import { accountSearch, accountShow } from "./accounts.ts";
import { billingRebuild } from "./billing-rebuild.ts";
import { billingReconcile } from "./billing-reconcile.ts";
import { billingRefunds } from "./billing-refunds.ts";
import { billingReplay } from "./billing-replay.ts";
import { billingStatus } from "./billing-status.ts";
import { catalogueApply, cataloguePlan } from "./catalogue.ts";
import { configCheck } from "./config-check.ts";
import type { Command } from "./context.ts";
import { cutoverCommand } from "./cutover.ts";
import { cutoverUndo } from "./cutover-undo.ts";
import { identityList, identityRemove } from "./identity.ts";
import { impersonationEnd } from "./impersonations.ts";
import { leadsExport, leadsList, leadsNote, leadsSet, leadsShow } from "./leads.ts";
import { leadsConvert } from "./leads-convert.ts";
import { leadsResendInvitation, leadsTakeBackInvitation } from "./leads-invitation.ts";
import { migrateCommand } from "./migrate.ts";
import { operatorGrant, operatorRevoke } from "./operator.ts";
import { featureFlags, planBilling, planLimits, planSetBilling, planSetLimit } from "./plans.ts";
import { serveCommand } from "./serve.ts";
import { settingsSet, settingsShow } from "./settings.ts";
import { rotateKeys } from "./signing-keys.ts";
import { trialBackfill } from "./trial-backfill.ts";
import { trialClaims, trialWaive } from "./trials.ts";
import { userResendVerification, userSearch, userUnlock, userVerify } from "./users.ts";
import { waitlistInvite, waitlistList, waitlistResend } from "./waitlist.ts";
import { eventsList, eventsReplay, eventsShow, jobsList, jobsRetry } from "./work.ts";

export const COMMANDS: readonly Command[] = [
  serveCommand,
  migrateCommand,
  configCheck,
  cataloguePlan,
  catalogueApply,
  billingStatus,
  billingReconcile,
  billingRebuild,
  billingReplay,
  billingRefunds,
  accessExplain,
  accessRehearse,
  accessShadow,
  // Before `cutover`, whose name is the beginning of it.
  cutoverUndo,
  cutoverCommand,
  leadsList,
  leadsShow,
  leadsNote,
  leadsSet,
  leadsConvert,
  leadsResendInvitation,
  leadsTakeBackInvitation,
  leadsExport,
  accountSearch,
  accountShow,
  accountComp,
  accountUncomp,
  accountRestore,
  accountFlags,
  accountSetFlag,
  accountUnsetFlag,
  accountLimits,
  accountSetLimit,
  accountUnsetLimit,
  impersonationEnd,
  trialExtend,
  trialBackfill,
  trialClaims,
  trialWaive,
  planLimits,
  planSetLimit,
  planBilling,
  planSetBilling,
  featureFlags,
  userSearch,
  userVerify,
  userResendVerification,
  userUnlock,
  eventsList,
  eventsShow,
  eventsReplay,
  jobsList,
  jobsRetry,
  operatorGrant,
  operatorRevoke,
  identityList,
  identityRemove,
  settingsShow,
  settingsSet,
  rotateKeys,
  waitlistList,
  waitlistInvite,
  waitlistResend,
];
