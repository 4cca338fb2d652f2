import { auth, me } from "@gatehouse/contract";
import type { Customer, Stranger, Tour } from "./cast.ts";
import type { Device } from "./device.ts";
import { mustBe } from "./must.ts";
import { signInOnPhone } from "./second-device.ts";
import { type Mail, tokenLink } from "./site.ts";
import { sayRefusal } from "./words.ts";

const NEW_PASSWORD = "granite-saddle-46-willow";
/** Longer than two tabs may take to present one token (10 seconds). */
const SECONDS_BETWEEN_USES = 11;

/** A forgotten password and a stolen refresh token; both after the trial, for neither is behind the guards. */
export async function losePasswordAndToken(tour: Tour, ada: Customer, nobody: Stranger): Promise<void> {
  tour.chapter("A forgotten password, a stolen token");
  const mail = await tour.step("Forgets the password; an unknown address gets the same answer, and no mail", async (say) => {
    const unknown = await tour.site.stranger.call(auth.forgotPassword, { body: { email: nobody.email } });
    const known = await tour.site.stranger.call(auth.forgotPassword, { body: { email: ada.email } });
    mustBe("what is said of the unknown address", known, unknown);
    const found = await ada.mail.next("Choose a new password");
    mustBe("how many mails went to the unknown address", 0, await nobody.mail.count());
    say(`Both: 202 ${JSON.stringify(known)}`, `Subject: ${found.subject}`);
    return found;
  });
  const phone = await resetPassword(tour, ada, mail);
  await reuseRefreshToken(tour, ada, phone);
  await tour.step("Signs out: again gives the same answer, and the token is worth nothing", async (say) => {
    const last = await signInOnPhone(tour, ada, NEW_PASSWORD);
    const body = { refresh_token: last.tokens().refresh };
    await tour.site.stranger.call(auth.logout, { body });
    await tour.site.stranger.call(auth.logout, { body });
    say(...sayRefusal(await tour.site.stranger.refused(auth.refresh, { body }, 401, "session_ended")));
  });
}

/** @returns the phone, signed in with the new password */
async function resetPassword(tour: Tour, ada: Customer, mail: Mail): Promise<Device> {
  const { token } = tokenLink(mail, "/reset-password");
  await tour.step("Chooses a new one by the mail's link: every session ends at once", async (say) => {
    const headers = await ada.laptop.bearer(); // A token that is still good, when the reset comes.
    await tour.site.stranger.call(auth.resetPassword, { body: { token, password: NEW_PASSWORD } });
    const problem = await tour.site.stranger.refused(me.getMe, {}, 401, "session_ended", { headers });
    const body = { refresh_token: ada.laptop.tokens().refresh };
    await tour.site.stranger.refused(auth.refresh, { body }, 401, "session_ended");
    const told = await ada.mail.next("was changed");
    say(...sayRefusal(problem), `Mail: ${told.subject}`);
  });
  await tour.step("The link works once", async (say) => {
    const body = { token, password: "another-orchard-12-cliff" };
    say(...sayRefusal(await tour.site.stranger.refused(auth.resetPassword, { body }, 410, "token_used")));
  });
  return tour.step("The old password is refused, the new one signs in", async (say) => {
    const body = { email: ada.email, password: ada.password };
    await tour.site.stranger.refused(auth.login, { body }, 401, "invalid_credentials");
    const phone = await signInOnPhone(tour, ada, NEW_PASSWORD);
    const { user } = await phone.call(me.getMe, {});
    say(`${user.name} is signed in on the phone`);
    return phone;
  });
}

async function reuseRefreshToken(tour: Tour, ada: Customer, phone: Device): Promise<void> {
  await tour.step("A refresh token that was used comes back later: it was copied, so its session ends", async (say) => {
    const body = { refresh_token: phone.tokens().refresh };
    phone.adopt(await tour.site.stranger.call(auth.refresh, { body }));
    await tour.site.advance({ seconds: SECONDS_BETWEEN_USES });
    const problem = await tour.site.stranger.refused(auth.refresh, { body }, 401, "refresh_reused");
    await phone.refused(me.getMe, {}, 401, "session_ended");
    const mail = await ada.mail.next("We signed out one of your devices");
    say(...sayRefusal(problem), `Mail: ${mail.subject}`);
  });
}
