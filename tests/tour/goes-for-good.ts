import { accounts, auth } from "@gatehouse/contract";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Customer, Tour } from "./cast.ts";
import { mustBe } from "./must.ts";
import { signInOnPhone } from "./second-device.ts";
import { sayInstant, sayRefusal } from "./words.ts";

/** A paying customer deletes the account, thinks again, and goes for good. */
export async function goesForGood(tour: Tour, mary: Customer): Promise<void> {
  tour.chapter("Going for good");
  const phone = await signInOnPhone(tour, mary);
  const name = await tour.step("The account is deleted only by who types its name", async (say) => {
    const account = await phone.call(accounts.getAccount, {});
    const problem = await phone.refused(accounts.deleteAccount, { body: { confirm: "some other team" } }, 422, "confirmation_wrong");
    say(...sayRefusal(problem));
    return account.name;
  });
  await tour.step("Deleted: shut at once, no further period is charged, and for 14 days it can be taken back", async (say) => {
    const { due_at } = await phone.call(accounts.deleteAccount, { body: { confirm: name } });
    const problem = await phone.refused(trees.listTrees, { query: {} }, 402, "subscription_required");
    mustBe("reason", "account_deleted", problem.reason);
    const mail = await mary.mail.next("deleted");
    say(`Erased on ${sayInstant(due_at)}`, ...sayRefusal(problem), `Subject: ${mail.subject}`);
  });
  await tour.step("She thinks again: the account is as it was", async (say) => {
    const { deletion } = await phone.call(accounts.restoreAccount, {});
    mustBe("deletion", null, deletion);
    await phone.call(trees.listTrees, { query: {} });
    say("Everything is open, and the plan renews as before");
  });
  await tour.step("She deletes it again; after 14 days the plan is cancelled at Stripe, and then everything is erased", async (say) => {
    await phone.call(accounts.deleteAccount, { body: { confirm: name } });
    await tour.site.advance({ days: 14.1 });
    const login = { email: mary.email, password: mary.password };
    const problem = await tour.site.stranger.refused(auth.login, { body: login }, 401, "invalid_credentials");
    say("Her sign-in went with it, for she was in no other account", ...sayRefusal(problem));
  });
}
