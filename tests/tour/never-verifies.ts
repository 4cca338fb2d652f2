import { access, auth } from "@gatehouse/contract";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Customer, Stranger, Tour, Tree } from "./cast.ts";
import { mustBe, mustHold } from "./must.ts";
import { addDays, dayOf, GRACE_DAYS, registerOnLaptop } from "./sign-up.ts";
import { type Mail, tokenLink } from "./site.ts";
import { followLink } from "./verify-address.ts";
import { sayInstant, sayRefusal, sayState } from "./words.ts";

const DAYS = 8;

/** A second account whose owner does not verify: after the grace it is shut out, and has itself let in again. */
export async function neverVerifies(tour: Tour, stranger: Stranger, ada: Customer, treeOfAda: Tree): Promise<void> {
  tour.chapter(`${stranger.name} registers, and does not verify`);
  const grace = await tour.step(`${stranger.name} registers in an account of her own`, async (say) => {
    const { customer, account } = await registerOnLaptop(tour, stranger);
    say(`${stranger.name} <${stranger.email}>, ${account.role} of "${account.name}"`);
    return customer;
  });
  const firstMail = await grace.mail.next("Confirm your email address");
  await tour.step(`To her, ${ada.name}'s tree does not exist`, async (say) => {
    const { items } = await grace.laptop.call(trees.listTrees, { query: {} });
    mustBe("her trees", [], items);
    say(...sayRefusal(await grace.laptop.refused(trees.readTree, { params: { id: treeOfAda.id } }, 404, "tree_not_found")));
  });
  await tour.step(`The clock goes forward by ${DAYS} days`, async (say) => {
    const { now } = await tour.site.advance({ days: DAYS });
    say(`It is ${sayInstant(now)}, ${dayOf(grace, now)}`);
  });
  await shutOut(tour, grace);
  await letInAgain(tour, grace, firstMail);
  await tour.step(`${ada.name}, who verified, has noticed nothing`, async (say) => {
    const { items } = await ada.laptop.call(trees.listTrees, { query: {} });
    mustBe(
      "her trees",
      [treeOfAda.id],
      items.map(({ id }) => id),
    );
    say(...items.map(({ title }) => title));
  });
}

async function shutOut(tour: Tour, grace: Customer): Promise<void> {
  await tour.step("GET /trees is refused, with the reason and the way out", async (say) => {
    const problem = await grace.laptop.refused(trees.listTrees, { query: {} }, 403, "email_verification_required");
    mustBe("reason", "grace_ended", problem.reason);
    mustBe("grace_ended_at", addDays(grace.registeredAt, GRACE_DAYS).toISOString(), problem["grace_ended_at"]);
    mustBe("mend.action", "verify_email", problem.mend?.action);
    const page = await tour.site.request(problem.mend?.url ?? "", { headers: { accept: "text/html" } });
    mustBe("the status of the page of mend.url", 200, page.status);
    say(...sayRefusal(problem));
  });
  await tour.step("/billing/state and /access/explain stay within reach", async (say) => {
    const state = await grace.laptop.call(access.billingState, {});
    mustBe("verification.verified", false, state.verification.verified);
    mustBe("subscription.status", "trialing", state.subscription.status);
    const { guards } = await grace.laptop.call(access.explainAccess, { query: {} });
    mustBe(
      "the codes of the guards that refuse",
      ["email_verification_required"],
      guards.flatMap(({ code }) => code ?? []),
    );
    say(...sayState(state, grace.registeredAt));
  });
}

async function letInAgain(tour: Tour, grace: Customer, firstMail: Mail): Promise<void> {
  await tour.step("The link of the first mail has expired with the grace", async (say) => {
    const { token } = tokenLink(firstMail, "/verify-email");
    say(...sayRefusal(await tour.site.stranger.refused(auth.verifyEmail, { body: { token } }, 410, "token_expired")));
  });
  const mail = await tour.step("She asks for a new mail, and it arrives", async (say) => {
    const { status } = await tour.site.stranger.call(auth.resendVerification, { body: { email: grace.email } });
    mustBe("status", "check_your_email", status);
    const found = await grace.mail.next("Confirm your email address");
    mustHold("the new link", "another than the first", "the same", tokenOf(found) !== tokenOf(firstMail));
    say(`Subject: ${found.subject}`);
    return found;
  });
  await tour.step("She follows its link: the trees are open again at once", async (say) => {
    const { email_verified_at } = await followLink(tour, grace, tokenOf(mail));
    const { items } = await grace.laptop.call(trees.listTrees, { query: {} });
    mustBe("her trees", [], items);
    say(`Verified on ${sayInstant(email_verified_at)}, and GET /trees answers 200`);
  });
}

const tokenOf = (mail: Mail): string => tokenLink(mail, "/verify-email").token;
