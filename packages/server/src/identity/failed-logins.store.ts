import type { Tx } from "../platform/app.ts";
import { NO_ACCOUNT } from "../platform/audit.store.ts";

const FAILURES_MAX = 1000;

/** Addresses of the network from which a login as this user failed since then, each once. */
export async function failedAddressesOf(tx: Tx, userId: string, since: Date): Promise<string[]> {
  const rows = await tx
    .selectFrom("audit_events")
    .select("ip")
    .distinct()
    .where("account_id", "=", NO_ACCOUNT)
    // Ids begin with the milliseconds of their making (RFC 9562, section 5.7): the index is by them.
    .where("id", ">=", firstIdAt(since))
    .where("at", ">=", since)
    .where("action", "=", "user.sign_in_failed")
    .where("target_id", "=", userId)
    .limit(FAILURES_MAX)
    .execute();
  return rows.flatMap(({ ip }) => (ip === null ? [] : [ip]));
}

function firstIdAt(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
