import { access, adminAccounts, auth, plans, sales, waitlist } from "@gatehouse/contract";
import * as sessions from "../../apps/resolutionflow/api/src/sessions/sessions.contract.ts";
import type { Cast, Customer, Stranger, Tour, Tree } from "./cast.ts";
import { LAPTOP, openDevice } from "./device.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { type Mail, tokenLink } from "./site.ts";
import { sayInstant, sayRefusal } from "./words.ts";

const TREES_OF_PRO = 100;
const SESSIONS_OF_PRO = 2000;

/** What each plan costs and holds, what is used of it and who decided it; and who asks without being a customer. */
export async function seePlansAndLimits(tour: Tour, ada: Customer, tree: Tree, { sophie }: Cast): Promise<void> {
  tour.chapter("Plans, limits, and who only asks");
  await readPricing(tour);
  await useLimits(tour, ada, tree);
  await whoDecided(tour, ada);
  await tour.step("The operators' routes do not exist for a customer", async (say) => {
    const problem = await ada.laptop.refused(adminAccounts.searchAccounts, { query: {} }, 404, "route_not_found");
    say(...sayRefusal(problem));
  });
  await secondTrial(tour, ada);
  await writeToSales(tour, sophie);
  await waitInLine(tour, ada, sophie);
}

async function readPricing(tour: Tour): Promise<void> {
  await tour.step("GET /plans: everybody reads what each plan costs and holds", async (say) => {
    const pricing = await tour.site.stranger.call(plans.listPlans, {});
    mustBe(
      "the plans, from the smallest",
      ["free", "pro", "team", "enterprise"],
      pricing.plans.map(({ key }) => key),
    );
    mustBe("what a new account begins with", { plan: "pro", days: 14 }, pricing.trial);
    for (const { key, name, limits, prices } of pricing.plans) {
      mustBe(`whether ${name} can be bought here`, key === "pro" || key === "team", prices.length > 0);
      const cost = prices.map(({ text, interval, per_seat }) => `${text} a ${interval}${per_seat ? " and seat" : ""}`).join(", ");
      say(`${name.padEnd(10)} trees: ${sayLimit(limits["max_trees"]).padEnd(10)}  ${cost || (key === "free" ? "free" : "ask sales")}`);
    }
  });
  await tour.step("Whoever has read it already is told that nothing has changed", async (say) => {
    const ask = (headers: Record<string, string>) => fetch(`${tour.site.baseUrl}/api/v1/plans`, { headers });
    const first = await ask({});
    await first.text();
    const etag = mustExist("the ETag", first.headers.get("etag"));
    const again = await ask({ "if-none-match": etag });
    mustBe("the second answer", [304, ""], [again.status, await again.text()]);
    say(`With If-None-Match: ${etag}`, "304, without a body");
  });
}

async function useLimits(tour: Tour, ada: Customer, tree: Tree): Promise<void> {
  await tour.step(`${ada.name} runs through her tree; GET /billing/state counts it, and shows what is switched on`, async (say) => {
    const before = await ada.laptop.call(access.billingState, {});
    mustBe("sessions before", 0, before.limits["sessions_per_month"]?.used);
    const { current } = await ada.laptop.call(sessions.startSession, { params: { id: tree.id } });
    const { limits, features } = await ada.laptop.call(access.billingState, {});
    mustBe("limits.max_trees", { limit: TREES_OF_PRO, used: 1, resets_at: null }, limits["max_trees"]);
    const month = mustExist("limits.sessions_per_month", limits["sessions_per_month"]);
    mustBe("limits.sessions_per_month", [SESSIONS_OF_PRO, 1], [month.limit, month.used]);
    mustBe("features.copilot on the trial", true, features["copilot"]);
    mustBe("features.sso on the trial", false, features["sso"]);
    say(`It asks: ${current.text}`);
    for (const [key, { limit, used, resets_at }] of Object.entries(limits)) {
      say(`${key}: ${used ?? "unknown"} of ${sayLimit(limit)}${resets_at === null ? "" : `, anew on ${sayInstant(resets_at)}`}`);
    }
    say(...Object.entries(features).map(([key, value]) => `${key}: ${value}`));
  });
}

async function whoDecided(tour: Tour, ada: Customer): Promise<void> {
  await tour.step("GET /access/explain: who decided each of them", async (say) => {
    const { features, limits } = await ada.laptop.call(access.explainAccess, { query: {} });
    const decided = [...features, ...limits];
    const layerOf = (key: string) =>
      mustExist(
        `${key} in the explanation`,
        decided.find((one) => one.key === key),
      ).layer;
    mustBe("what decided copilot, which the plan has", "plan_default", layerOf("copilot"));
    mustBe("what decided sso, which the plan does not name", "flag_default", layerOf("sso"));
    mustBe("what decided max_trees", "plan_default", layerOf("max_trees"));
    const until = (at: string | null): string => (at === null ? "" : `, until ${sayInstant(at)}`);
    say(...decided.map(({ key, value, layer, until: at }) => `${key}: ${value ?? "any number"}, by ${LAYERS[layer]}${until(at)}`));
  });
}

const LAYERS = { flag_default: "what everybody has", plan_default: "the plan", account_override: "an operator" };

async function secondTrial(tour: Tour, ada: Customer): Promise<void> {
  await tour.step(
    `${ada.name} signs up again, with a tag in her address: she gets the free plan, no second trial, and the reason`,
    async (say) => {
      const email = ada.email.replace("@", "+again@");
      const body = { email, password: ada.password, name: ada.name, transport: "body" as const };
      const answer = await tour.site.stranger.call(auth.register, { body }, { headers: LAPTOP });
      if (!("user" in answer)) throw new Error("the site answers by mail: the tour is for SIGNUP_ANSWER=session");
      const trial = mustExist("what is said of the trial", answer.trial);
      mustBe("the trial", [false, "trial_used_by_person"], [trial.granted, trial.reason]);
      mustBe("trial.mend.action", "talk_to_us", trial.mend?.action);
      const { subscription, features } = await openDevice(tour.site, LAPTOP, answer).call(access.billingState, {});
      mustBe("the plan and its state", ["free", "none"], [subscription.plan, subscription.status]);
      mustBe("features.copilot without a trial", false, features["copilot"]);
      say(`${email}: plan ${subscription.plan}`, mustExist("the reason in words", trial.text));
    },
  );
}

async function writeToSales(tour: Tour, sophie: Stranger): Promise<void> {
  const letter = {
    name: sophie.name,
    email: sophie.email,
    company: "Elastic Plates",
    size: "201-500",
    message: "We are three hundred, and want to sign in by our own provider.",
    source: "plan:enterprise",
  };
  await tour.step(`${sophie.name} writes to sales, and is thanked by mail`, async (say) => {
    const { status } = await tour.site.stranger.call(sales.sendLead, { body: letter });
    const mail = await sophie.mail.next("We have your message");
    mustHold("the mail", "none of the words that were typed", mail.text, !mail.text.includes(letter.message));
    say(`202 ${status}`, `Subject: ${mail.subject}`);
  });
  await tour.step("An address that is none is refused, and the field is named", async (say) => {
    const body = { ...letter, email: "sophie at example.com" };
    const problem = await tour.site.stranger.refused(sales.sendLead, { body }, 422, "invalid_request");
    mustBe(
      "the places of the refusal",
      ["body.email"],
      problem.problems?.map(({ at }) => at),
    );
    say(...sayRefusal(problem));
  });
}

async function waitInLine(tour: Tour, ada: Customer, sophie: Stranger): Promise<void> {
  const join = (email: string) => tour.site.stranger.call(waitlist.joinWaitlist, { body: { email } });
  const mail = await tour.step(
    "The waitlist answers everybody the same; what follows is told by mail alone",
    async (say): Promise<Mail> => {
      const unknown = await join(sophie.email);
      mustBe("what is said of an address that waits already", unknown, await join(sophie.email));
      mustBe("what is said of an address that has a user", unknown, await join(ada.email));
      const joined = await sophie.mail.next("on the waitlist");
      const taken = await ada.mail.next("You already have a sign-in");
      say(`All three: 202 ${unknown.status}`, `Mail to ${sophie.name}: ${joined.subject}`, `Mail to ${ada.name}: ${taken.subject}`);
      return joined;
    },
  );
  await tour.step(`${sophie.name} leaves the waitlist by the link of her mail, and what she told is erased`, async (say) => {
    const params = { token: tokenLink(mail, "/waitlist", "leave").token };
    await tour.site.stranger.call(waitlist.leaveWaitlist, { params });
    const gone = await tour.site.stranger.refused(waitlist.leaveWaitlist, { params }, 404, "waitlist_entry_not_found");
    say("204, and the second time:", ...sayRefusal(gone));
  });
}

const sayLimit = (limit: number | null | undefined): string => (limit === null || limit === undefined ? "any number" : String(limit));
