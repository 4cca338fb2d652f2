import { type FlagValue, type Override, whyNotFlagValue, whyNotLimit } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { featureOverrides, limitOverrides, lockAccountOfOverrides, type OverrideTable } from "../access/override-edits.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Act, auditAct } from "./act.ts";
import { knownFlag, knownLimit } from "./known-keys.ts";

type Parts = Pick<App, "clock" | "ids" | "signals" | "catalogue">;
/** Which override of whom, as an operator read it. */
export interface OverrideEdit {
  readonly accountId: string;
  readonly key: string;
  /** null: there was none */
  readonly readVersion: number | null;
}
export interface Setting<Value> extends OverrideEdit {
  readonly value: Value;
  /** Exclusive; null: until somebody takes it away. */
  readonly expiresAt: Date | null;
}

/**
 * Sets a flag for one account, over what its plan says.
 * @throws Refusal flag_not_found | invalid_request | account_not_found | edited_meanwhile
 */
export async function setFeature(tx: Tx, app: Parts, by: Act, setting: Setting<FlagValue>): Promise<void> {
  refuseValue(whyNotFlagValue(knownFlag(app.catalogue, setting.key), setting.value));
  await setOverride(tx, app, by, featureOverrides, setting);
}

/**
 * Sets a limit for one account, over what its plan says; who stands above it keeps what they have.
 * @throws Refusal limit_not_found | invalid_request | account_not_found | edited_meanwhile
 */
export async function setLimit(tx: Tx, app: Parts, by: Act, setting: Setting<number | null>): Promise<void> {
  knownLimit(app.catalogue, setting.key);
  refuseValue(whyNotLimit(setting.value));
  await setOverride(tx, app, by, limitOverrides, setting);
}

function refuseValue(why: string | null): void {
  if (why !== null) refuse("invalid_request", { problems: [{ at: "body.value", why }] });
}

async function setOverride<Value extends FlagValue | null>(
  tx: Tx,
  app: Parts,
  by: Act,
  table: OverrideTable<Value>,
  setting: Setting<Value>,
): Promise<void> {
  const now = app.clock.now();
  const { accountId, key, value, expiresAt } = setting;
  if (expiresAt !== null && expiresAt <= now)
    refuse("invalid_request", { problems: [{ at: "body.expires_at", why: "must be in the future" }] });
  if (!(await lockAccountOfOverrides(tx, accountId))) refuse("account_not_found");
  await refuseNewer(tx, table, setting);
  const override: Override<Value> = { key, value, reason: by.reason, setBy: by.userId, setAt: now, expiresAt };
  await table.put(tx, accountId, override);
  await tell(tx, app, by, { accountId, subject: `${table.kind}:${key}`, value: { value, expires_at: expiresAt?.toISOString() ?? null } });
}

/**
 * Takes away what was set: the account has what its plan says. Also of a key that has left the catalogue.
 * @throws Refusal flag_not_found | limit_not_found | override_not_found | account_not_found | edited_meanwhile
 */
export async function removeOverride<Value>(tx: Tx, app: Parts, by: Act, table: OverrideTable<Value>, edit: OverrideEdit) {
  const { accountId, key } = edit;
  if (!(await lockAccountOfOverrides(tx, accountId))) refuse("account_not_found");
  if ((await table.find(tx, accountId, key)) === null) {
    if (table.kind === "feature") knownFlag(app.catalogue, key);
    else knownLimit(app.catalogue, key);
    refuse("override_not_found");
  }
  await refuseNewer(tx, table, edit);
  await table.remove(tx, accountId, key);
  await tell(tx, app, by, { accountId, subject: `${table.kind}:${key}`, value: null });
}

/** @throws Refusal edited_meanwhile with the `version` that there is now; null: there is none any more */
async function refuseNewer<Value>(tx: Tx, table: OverrideTable<Value>, { accountId, key, readVersion }: OverrideEdit): Promise<void> {
  const version = (await table.find(tx, accountId, key))?.version ?? null;
  if (version !== readVersion) refuse("edited_meanwhile", { version });
}

interface Change {
  readonly accountId: string;
  readonly subject: string;
  readonly value: { readonly value: FlagValue | null; readonly expires_at: string | null } | null;
}

/** History, audit, and a word to every process, all with the change or not at all. */
async function tell(tx: Tx, app: Parts, by: Act, { accountId, subject, value }: Change): Promise<void> {
  const cause = value === null ? "override.removed" : "override.set";
  // The reason stands in the audit, once.
  await recordFact(app, tx, { accountId, kind: "override", subjectId: subject, value, validFrom: app.clock.now(), cause });
  const done = { accountId, action: cause, targetId: subject, ...(value === null ? {} : { details: { ...value } }) };
  await auditAct(app, tx, by, done);
  await factsChanged(app, tx, `account:${accountId}`);
}
