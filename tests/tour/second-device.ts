import { auth, me } from "@gatehouse/contract";
import type { Customer, Tour } from "./cast.ts";
import { type Device, openDevice, PHONE } from "./device.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { sayInstant, sayRefusal, sayUserAgent } from "./words.ts";

/** A phone comes and goes; the laptop stays signed in. */
export async function useSecondDevice(tour: Tour, ada: Customer): Promise<void> {
  tour.chapter("A second device");
  const phone = await tour.step("Signs in on the phone", async (say) => {
    const device = await signInOnPhone(tour, ada);
    const { user, account } = await device.call(me.getMe, {});
    say(`${user.name}, ${account.role} of "${account.name}"`);
    return device;
  });
  const phoneSession = await tour.step("Lists the devices", async (say) => {
    const { items } = await ada.laptop.call(auth.listSessions, {});
    mustBe("how many devices are signed in", 2, items.length);
    mustBe("how many of them are this one", 1, items.filter(({ is_current }) => is_current).length);
    for (const { user_agent, ip, created_at, is_current } of items) {
      say(`${sayUserAgent(user_agent)}, from ${ip}, since ${sayInstant(created_at)}${is_current ? " (this one)" : ""}`);
    }
    const other = mustExist(
      "the other device",
      items.find(({ is_current }) => !is_current),
    );
    mustBe("what the other device says that it is", PHONE["user-agent"], other.user_agent);
    return other;
  });
  await tour.step("Two tabs of the phone refresh the same token at once, and both stay signed in", async (say) => {
    const before = phone.tokens();
    const send = () => tour.site.stranger.call(auth.refresh, { body: { refresh_token: before.refresh } }, { headers: PHONE });
    const [one, other] = await Promise.all([send(), send()]);
    mustHold("the new refresh tokens of both tabs", "the same", "two", one.refresh_token === other.refresh_token);
    mustHold("the new refresh token", "another than before", "the same", one.refresh_token !== before.refresh);
    mustBe("who both are", one.user, other.user);
    phone.adopt(one);
    await phone.call(me.getMe, {});
    say("Both got the same new refresh token");
  });
  await tour.step("Signs the phone out from the laptop: its access token is refused at once", async (say) => {
    await ada.laptop.call(auth.revokeSession, { params: { id: phoneSession.id } });
    const problem = await phone.refused(me.getMe, {}, 401, "session_ended");
    const { items } = await ada.laptop.call(auth.listSessions, {});
    mustBe("how many devices are left", 1, items.length);
    say(...sayRefusal(problem));
  });
}

/** @param password where it is another than the one of the beginning */
export async function signInOnPhone(tour: Tour, ada: Customer, password = ada.password): Promise<Device> {
  const body = { email: ada.email, password, transport: "body" as const };
  return openDevice(tour.site, PHONE, await tour.site.stranger.call(auth.login, { body }, { headers: PHONE }));
}
