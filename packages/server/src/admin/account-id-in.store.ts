import type { Tx } from "../platform/app.ts";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The account that a job's data names; null: none, or one that is not there any more. */
export async function accountIdIn(tx: Tx, data: Readonly<Record<string, unknown>>): Promise<string | null> {
  const named = data["accountId"];
  if (typeof named !== "string" || !ID.test(named)) return null;
  const row = await tx.selectFrom("accounts").select("id").where("id", "=", named).executeTakeFirst();
  return row?.id ?? null;
}
