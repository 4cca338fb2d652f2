import { billingRebuild } from "./billing-rebuild.ts";
import { billingReconcile } from "./billing-reconcile.ts";
import { billingRefunds } from "./billing-refunds.ts";
import { billingReplay } from "./billing-replay.ts";
import { billingStatus } from "./billing-status.ts";
import { catalogueApply, cataloguePlan } from "./catalogue.ts";
import { configCheck } from "./config-check.ts";
import type { Command } from "./context.ts";
import { identityList, identityRemove } from "./identity.ts";
import { migrateCommand } from "./migrate.ts";
import { operatorGrant, operatorRevoke } from "./operator.ts";
import { serveCommand } from "./serve.ts";
import { settingsSet, settingsShow } from "./settings.ts";
import { rotateKeys } from "./signing-keys.ts";

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
  operatorGrant,
  operatorRevoke,
  identityList,
  identityRemove,
  settingsShow,
  settingsSet,
  rotateKeys,
];
