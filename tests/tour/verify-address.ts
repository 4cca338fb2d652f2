import { access, auth, me } from "@gatehouse/contract";
import type { Customer, Tour } from "./cast.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { withoutToken } from "./sign-up.ts";
import { type Mail, tokenLink } from "./site.ts";
import { sayInstant, sayRefusal, sayState } from "./words.ts";

/** The link of the first mail is opened by a machine, and then followed by a person. */
export async function verifyAddress(tour: Tour, ada: Customer, mail: Mail): Promise<void> {
  tour.chapter("The link in the mail");
  const { url, token } = tokenLink(mail, "/verify-email");
  await tour.step("A mail scanner opens the link: that consumes nothing", async (say) => {
    const opened = await tour.site.request(url, { headers: { accept: "text/html" } });
    mustBe("GET of the link", 200, opened.status);
    mustHold("what the link shows", "a page", opened.type, opened.type.startsWith("text/html"));
    const { user } = await ada.laptop.call(me.getMe, {});
    mustBe("user.email_verified_at afterwards", null, user.email_verified_at);
    say(`GET ${withoutToken(url)} shows a page with a button; the address is as unverified as before`);
  });
  await tour.step(`${ada.name} presses the button, signed in: the address is verified`, async (say) => {
    const { email_verified_at } = await followLink(tour, ada, token);
    const { user } = await ada.laptop.call(me.getMe, {});
    mustBe("user.email_verified_at of GET /me", email_verified_at, user.email_verified_at);
    say(`Verified on ${sayInstant(email_verified_at)}`);
  });
  await tour.step("The link works once", async (say) => {
    say(...sayRefusal(await tour.site.stranger.refused(auth.verifyEmail, { body: { token } }, 410, "token_used")));
  });
  await tour.step("GET /billing/state: verified, the grace is no longer needed", async (say) => {
    const state = await ada.laptop.call(access.billingState, {});
    mustBe("verification", { verified: true, grace_ends_at: null, mend: null }, state.verification);
    mustBe("subscription.status", "trialing", state.subscription.status);
    mustBe("limits.max_trees.used", 1, mustExist("limits.max_trees", state.limits["max_trees"]).used);
    say(...sayState(state, ada.registeredAt));
  });
}

/** Follows a verification link in the browser in which the person is signed in. */
export async function followLink(tour: Tour, person: Customer, token: string) {
  const answer = await tour.site.stranger.call(auth.verifyEmail, { body: { token } }, { headers: await person.laptop.bearer() });
  mustBe("the address that was verified", person.email, answer.email);
  return answer;
}
