import { type AccessFacts, addDays, addMilliseconds, type StripeSubscriptionFact } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, TEST_START, type TestServer } from "@gatehouse/testkit";
import { plantFacts, tell } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ env: { SUPPORT_EMAIL: "help@example.com" } });
  ada = await registerVerified(server);
});
afterAll(() => server.close());

// The clock stands, and the facts are laid around it: `ago(14)` is the instant that was fourteen days before now.
const now = TEST_START;
const ago = (days: number, milliseconds = 0) => addMilliseconds(addDays(now, -days), milliseconds);
const ahead = (days: number, milliseconds = 0) => addMilliseconds(addDays(now, days), milliseconds);

const trial = (endsAt: Date): Partial<AccessFacts> => ({ trial: { plan: "pro", startsAt: addDays(endsAt, -14), endsAt } });
const grant = (until: Date | null, startsAt = ago(3)): Partial<AccessFacts> => ({
  grants: [{ plan: "pro", startsAt, until, reason: "a test" }],
});
const stripe = (status: string, more: Partial<StripeSubscriptionFact> = {}): Partial<AccessFacts> => ({
  stripe: [
    {
      id: "sub_1",
      status,
      plan: "pro",
      currentPeriodEnd: ahead(20),
      cancelAtPeriodEnd: false,
      endsAt: null,
      trialEndsAt: null,
      collectionPaused: null,
      seats: 3,
      pastDueSince: null,
      changedAt: ago(2),
      ...more,
    },
  ],
});
const pastDue = (since: Date) => stripe("past_due", { pastDueSince: since });
const ending = (at: Date) => stripe("active", { cancelAtPeriodEnd: true, currentPeriodEnd: at });

const OPEN = { status: 200 };
const WAYS_OUT: Readonly<Record<string, string>> = {
  contact_support: "mailto:help@example.com",
  restore_account: "http://gatehouse.localhost:4000/team",
};
const shut = (reason: string, since: Date | null, action: string) => ({
  status: 402,
  body: {
    code: "subscription_required",
    reason,
    since: since?.toISOString() ?? null,
    mend: { action, url: WAYS_OUT[action] ?? "http://gatehouse.localhost:4000/billing" },
  },
});

const table: [string, Partial<AccessFacts>, object][] = [
  ["nothing at all", {}, shut("no_subscription", null, "choose_plan")],
  ["a trial on its first day", trial(ahead(14)), OPEN],
  ["a trial on its seventh day", trial(ahead(7)), OPEN],
  ["a trial in its last millisecond", trial(ahead(0, 1)), OPEN],
  ["a trial at its end", trial(now), shut("trial_ended", now, "choose_plan")],
  ["a trial on day 15", trial(ago(1)), shut("trial_ended", ago(1), "choose_plan")],
  ["a trial on day 400", trial(ago(386)), shut("trial_ended", ago(386), "choose_plan")],
  ["Stripe: trialing", stripe("trialing"), OPEN],
  ["Stripe: trialing, over by our clock and not yet by Stripe's (B8)", stripe("trialing", { trialEndsAt: ago(1) }), OPEN],
  ["Stripe: active", stripe("active"), OPEN],
  ["Stripe: active for 400 days", stripe("active", { changedAt: ago(400) }), OPEN],
  ["Stripe: active, its renewal not heard of yet", stripe("active", { currentPeriodEnd: ago(1) }), OPEN],
  [
    "Stripe: active at a price that is none of ours (SW-11)",
    stripe("active", { plan: null }),
    shut("unknown_plan", ago(2), "contact_support"),
  ],
  ["Stripe: active, its payments paused", stripe("active", { collectionPaused: "void" }), OPEN],
  ["Stripe: cancelled, in the last millisecond of its period", ending(ahead(0, 1)), OPEN],
  ["Stripe: cancelled, at the end of its period", ending(now), shut("canceled", now, "choose_plan")],
  ["Stripe: past due on its first day", pastDue(now), OPEN],
  ["Stripe: past due on day 13", pastDue(ago(13)), OPEN],
  ["Stripe: past due, in the last millisecond of the grace", pastDue(ago(14, 1)), OPEN],
  ["Stripe: past due on day 14", pastDue(ago(14)), shut("payment_required", now, "update_payment")],
  ["Stripe: past due on day 400", pastDue(ago(400)), shut("payment_required", ago(386), "update_payment")],
  ["Stripe: past due, and no attempt told", stripe("past_due", { changedAt: ago(13) }), OPEN],
  [
    "Stripe: past due, no attempt told, day 14",
    stripe("past_due", { changedAt: ago(14) }),
    shut("payment_required", now, "update_payment"),
  ],
  ["Stripe: unpaid", stripe("unpaid"), shut("payment_required", ago(2), "update_payment")],
  ["Stripe: paused", stripe("paused"), shut("paused", ago(2), "resume")],
  ["Stripe: canceled", stripe("canceled"), shut("canceled", ago(2), "choose_plan")],
  ["Stripe: incomplete", stripe("incomplete"), shut("incomplete", ago(2), "update_payment")],
  ["Stripe: incomplete_expired", stripe("incomplete_expired"), shut("no_subscription", ago(2), "choose_plan")],
  ["Stripe: a status that we do not know", stripe("hibernating"), shut("unknown_status", ago(2), "contact_support")],
  ["Stripe: a status in other letters", stripe("ACTIVE"), shut("unknown_status", ago(2), "contact_support")],
  ["Stripe: an empty status", stripe(""), shut("unknown_status", ago(2), "contact_support")],
  ["a grant without an end", grant(null), OPEN],
  ["a grant in its last millisecond", grant(ahead(0, 1)), OPEN],
  ["a grant at its end", grant(now), shut("complimentary_ended", now, "choose_plan")],
  ["a grant at its beginning", grant(null, now), OPEN],
  ["a grant a millisecond before its beginning", grant(null, ahead(0, 1)), shut("no_subscription", null, "choose_plan")],
  ["a running trial, whatever Stripe says", { ...stripe("canceled"), ...trial(ahead(1)) }, OPEN],
  ["a running grant, whatever Stripe says", { ...stripe("unpaid"), ...grant(null) }, OPEN],
  ["a trial that ended after Stripe's end", { ...stripe("canceled"), ...trial(ago(1)) }, shut("trial_ended", ago(1), "choose_plan")],
  ["a trial that ended before Stripe's end", { ...stripe("canceled"), ...trial(ago(3)) }, shut("canceled", ago(2), "choose_plan")],
  [
    "an account that is being deleted",
    { ...stripe("active"), accountDeletedAt: ago(1) },
    shut("account_deleted", ago(1), "restore_account"),
  ],
];

test.each(table)("Pro is open or shut, with the reason, the time and the way out: %s", async (_, facts, expected) => {
  await plantFacts(server, ada.account.id, facts);
  const ask = (path: string) => server.request("GET", path, { token: ada.accessToken });
  const answer = await ask("/things");
  expect(answer).toMatchObject(expected);
  const { status, body } = answer;
  // What the account is told elsewhere is the same.
  const isOpen = status === 200;
  const state = await ask("/billing/state");
  expect(state).toMatchObject({
    status: 200,
    body: { subscription: { has_pro_entitlement: isOpen }, access: { reason: body["reason"] ?? null } },
  });
  if (!isOpen) expect(state.body["access"]).toMatchObject({ mode: body["mode"], since: body["since"], mend: body["mend"] });
  const explained = await ask("/access/explain");
  expect(explained.body["guards"]).toMatchObject([{ passes: true }, { passes: isOpen, reason: body["reason"] ?? null }]);
});

test.each<[string, Date, number]>([
  ["on the first day", now, 200],
  ["in the last millisecond of the grace", ago(7, 1), 200],
  ["on day 7, when the grace ends", ago(7), 403],
  ["on day 400", ago(400), 403],
])("an address that nobody verified is let through for seven days: %s", async (_, registeredAt, status) => {
  const person = await registerPerson(server);
  await plantFacts(server, person.account.id, grant(null));
  await server.database.query("update users set created_at = $2 where id = $1", [person.user.id, registeredAt]);
  await tell(server, `user:${person.user.id}`);
  const answer = await server.request("GET", "/things", { token: person.accessToken });
  expect(answer.status).toBe(status);
  const graceEndsAt = addDays(registeredAt, 7).toISOString();
  const mend = { action: "verify_email", url: "http://gatehouse.localhost:4000/verify-email" };
  if (status === 403) {
    expect(answer).toMatchObject({
      body: { code: "email_verification_required", reason: "grace_ended", grace_ended_at: graceEndsAt, mend },
    });
  }
  expect(await server.request("GET", "/billing/state", { token: person.accessToken })).toMatchObject({
    body: { verification: { verified: false, grace_ends_at: graceEndsAt, mend } },
  });
});

test("the policy is configuration: a day of trial, no grace, a day after a failed payment", async () => {
  const strict = await openTestServer({ env: { TRIAL_DAYS: "1", VERIFICATION_GRACE_DAYS: "0", PAST_DUE_GRACE_DAYS: "1" } });
  const person = await registerVerified(strict);
  const ask = () => strict.request("GET", "/things", { token: person.accessToken });
  expect(await strict.request("GET", "/billing/state", { token: person.accessToken })).toMatchObject({
    body: { subscription: { trial_ends_at: ahead(1).toISOString() } },
  });
  const unverified = await registerPerson(strict);
  expect((await strict.request("GET", "/things", { token: unverified.accessToken })).status).toBe(403);
  await plantFacts(strict, person.account.id, pastDue(ago(1)));
  expect((await ask()).status).toBe(402);
  await plantFacts(strict, person.account.id, pastDue(ago(1, 1)));
  expect((await ask()).status).toBe(200);
  await strict.close();
});
