import { expect, test } from "vitest";
import { type AccountState, accountState } from "./account-state.ts";
import type { AccessFacts } from "./entitlement.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const NOW = new Date("2026-03-01T12:00:00.000Z");
const facts = (endsAt: Date, accountDeletedAt: Date | null = null): AccessFacts => ({
  trial: { plan: "pro", startsAt: new Date(0), endsAt },
  grants: [],
  stripe: [],
  accountDeletedAt,
});
const [ahead, past] = [new Date(NOW.getTime() + 1), NOW];

test.each<[string, AccessFacts, Date | null, AccountState, string | null]>([
  ["on trial", facts(ahead), null, "trialing", "pro"],
  ["whose trial ends at this instant", facts(past), null, "trial_ended", null],
  ["that is to be deleted", facts(ahead, NOW), null, "deleting", "pro"],
  ["that is erased", facts(ahead, NOW), NOW, "erased", null],
])("an account %s", (_, known, erasedAt, state, plan) => {
  const found = accountState(known, erasedAt, NOW, DEFAULT_POLICY);
  expect(found.state).toBe(state);
  if (plan !== null || state === "erased") expect(found.plan).toBe(plan);
});
