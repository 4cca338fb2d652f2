import { access, auth, me } from "@gatehouse/contract";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Customer, Tour, Tree } from "./cast.ts";
import { mustBe, mustExist } from "./must.ts";
import { addDays, dayOf, TRIAL_DAYS } from "./sign-up.ts";
import { sayFact, sayInstant, sayRefusal, sayState, sayVerdict } from "./words.ts";

const DAYS = 7;

/** Day 15, and nobody has paid: the product is shut, everything that leads back is open, and nothing is lost. */
export async function trialEnds(tour: Tour, ada: Customer, tree: Tree): Promise<void> {
  tour.chapter(`The trial of ${ada.name} ends`);
  await tour.step(`The clock goes forward by ${DAYS} days`, async (say) => {
    const { now } = await tour.site.advance({ days: DAYS });
    say(`It is ${sayInstant(now)}, ${dayOf(ada, now)}`);
  });
  const endedAt = addDays(ada.registeredAt, TRIAL_DAYS).toISOString();
  await tour.step("Her trees are refused, with the reason and the way out", async (say) => {
    const problem = await ada.laptop.refused(trees.listTrees, { query: {} }, 402, "subscription_required");
    mustBe("reason", "trial_ended", problem.reason);
    mustBe("since", endedAt, problem["since"]);
    mustBe("mend.action", "choose_plan", problem.mend?.action);
    const page = await tour.site.request(problem.mend?.url ?? "", { headers: { accept: "text/html" } });
    mustBe("the status of the page of mend.url", 200, page.status);
    await ada.laptop.refused(trees.readTree, { params: { id: tree.id } }, 402, "subscription_required");
    say(...sayRefusal(problem));
  });
  await tour.step("She can still sign in, see herself, her devices and her plan", async (say) => {
    const { user } = await ada.laptop.call(me.getMe, {});
    const { items } = await ada.laptop.call(auth.listSessions, {});
    mustBe("how many devices are signed in", 1, items.length);
    say(`GET /me: ${user.name} <${user.email}>`, `GET /auth/sessions: ${items.length} device`);
  });
  await tour.step("GET /billing/state: the trial has ended, and nothing is lost", async (say) => {
    const state = await ada.laptop.call(access.billingState, {});
    mustBe("subscription.has_pro_entitlement", false, state.subscription.has_pro_entitlement);
    mustBe("subscription.trial_ends_at", endedAt, state.subscription.trial_ends_at);
    mustBe("access.mode", "locked", state.access.mode);
    mustBe("access.reason", "trial_ended", state.access.reason);
    mustBe("access.since", endedAt, state.access.since);
    mustBe("limits.max_trees.used", 1, mustExist("limits.max_trees", state.limits["max_trees"]).used);
    say(...sayState(state, ada.registeredAt));
  });
  await explain(tour, ada);
}

async function explain(tour: Tour, ada: Customer): Promise<void> {
  await tour.step("GET /access/explain: why, in words", async (say) => {
    const { guards, timeline } = await ada.laptop.call(access.explainAccess, { query: {} });
    const verdicts = guards.map(({ guard, passes, code, reason }) => ({ guard, passes, code, reason }));
    mustBe("the verdicts", VERDICTS, verdicts);
    for (const fact of ["trial", "membership", "email_verification"]) {
      mustExist(
        `${fact} in the timeline`,
        timeline.find((row) => row.fact === fact),
      );
    }
    mustBe("how often the verification changed", 2, timeline.filter(({ fact }) => fact === "email_verification").length);
    say(...guards.map(sayVerdict), "Timeline:", ...timeline.map((row) => `  ${sayFact(row)}`));
  });
  await tour.step("And how it was two days ago", async (say) => {
    const at = addDays(ada.registeredAt, TRIAL_DAYS - 1).toISOString();
    const explanation = await ada.laptop.call(access.explainAccess, { query: { at } });
    mustBe("access.mode on day 13", "full", explanation.access.mode);
    mustBe(
      "the guards that refuse on day 13",
      [],
      explanation.guards.filter(({ passes }) => !passes),
    );
    say(`At ${sayInstant(at)}:`, ...explanation.guards.map((guard) => `  ${sayVerdict(guard)}`));
  });
}

const VERDICTS = [
  { guard: "requireVerifiedEmailAfterGrace", passes: true, code: null, reason: null },
  { guard: "requireActiveSubscription", passes: false, code: "subscription_required", reason: "trial_ended" },
];
