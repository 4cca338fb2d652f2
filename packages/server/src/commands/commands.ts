import { catalogueApply, cataloguePlan } from "./catalogue.ts";
import { configCheck } from "./config-check.ts";
import type { Command } from "./context.ts";
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
  operatorGrant,
  operatorRevoke,
  settingsShow,
  settingsSet,
  rotateKeys,
];
