import type { Tx } from "./db.ts";

export type SettingKey = "signup_mode" | "clock_offset_ms";

export async function readSetting(tx: Tx, key: SettingKey): Promise<unknown> {
  const row = await tx.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirst();
  return row?.value ?? null;
}

/** @param value null takes the setting away, so that the configuration holds again */
export async function writeSetting(tx: Tx, key: SettingKey, value: unknown, at: Date): Promise<void> {
  if (value === null) {
    await tx.deleteFrom("settings").where("key", "=", key).execute();
    return;
  }
  const stored = JSON.stringify(value);
  await tx
    .insertInto("settings")
    .values({ key, value: stored, updated_at: at })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: stored, updated_at: at }))
    .execute();
}
