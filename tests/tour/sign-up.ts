import { access, auth } from "@gatehouse/contract";
import type { Customer, Stranger, Tour } from "./cast.ts";
import { LAPTOP, openDevice } from "./device.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { type Mail, tokenLink } from "./site.ts";
import { daysBetween, sayInstant, sayState } from "./words.ts";

/** What the product promises to whoever signs up. */
export const TRIAL_DAYS = 14;
export const GRACE_DAYS = 7;

/** A stranger finds the product and signs up. */
export async function signUp(tour: Tour, ada: Stranger): Promise<{ ada: Customer; firstMail: Mail }> {
  tour.chapter("A stranger comes");
  await tour.step("What is there: GET /sandbox", async (say) => {
    const { status, text } = await tour.site.request("/sandbox", { headers: { accept: "application/json" } });
    mustBe("GET /sandbox", 200, status);
    const { parts }: { parts: { name: string; url: string; what: string }[] } = JSON.parse(text);
    for (const name of ["api", "docs", "openapi", "mail", "clock"]) {
      mustHold(
        "the parts of the sandbox",
        `${name} among them`,
        parts.map((part) => part.name),
        parts.some((part) => part.name === name),
      );
    }
    say(...parts.map(({ name, url, what }) => `${name.padEnd(8)} ${url}  ${what}`));
  });
  const customer = await tour.step(`${ada.name} registers, and is signed in at once`, async (say) => {
    const { customer, account } = await registerOnLaptop(tour, ada);
    say(`${ada.name} <${ada.email}>, ${account.role} of "${account.name}"`);
    say(`Trial until ${sayInstant(addDays(customer.registeredAt, TRIAL_DAYS))}`);
    return customer;
  });
  const firstMail = await tour.step("A mail has arrived", async (say) => {
    const mail = await ada.mail.next("Confirm your email address");
    const { url } = tokenLink(mail, "/verify-email");
    mustHold("the text of the mail", `a greeting of ${ada.name}`, mail.text, mail.text.includes(`Hello ${ada.name},`));
    const opening = mail.text.split("\n").filter((line) => line !== "");
    say(`Subject: ${mail.subject}`, ...opening.slice(0, 2), `Link: ${withoutToken(url)}`);
    return mail;
  });
  await tour.step("GET /billing/state: trialing, everything is open", async (say) => {
    const state = await customer.laptop.call(access.billingState, {});
    mustBe("subscription.status", "trialing", state.subscription.status);
    mustBe("subscription.has_pro_entitlement", true, state.subscription.has_pro_entitlement);
    mustBe("access.mode", "full", state.access.mode);
    mustBe("access.reason", null, state.access.reason);
    mustBeDay("the end of the trial", customer, state.subscription.trial_ends_at, TRIAL_DAYS);
    mustBe("access.until", state.subscription.trial_ends_at, state.access.until);
    mustBe("verification.verified", false, state.verification.verified);
    mustBeDay("the end of the grace", customer, state.verification.grace_ends_at, GRACE_DAYS);
    say(...sayState(state, customer.registeredAt));
  });
  return { ada: customer, firstMail };
}

/** Registers, on the device that the person works on. */
export async function registerOnLaptop(tour: Tour, { name, email, password, mail }: Stranger) {
  const body = { email, password, name, transport: "body" as const };
  const answer = await tour.site.stranger.call(auth.register, { body }, { headers: LAPTOP });
  if (!("user" in answer)) throw new Error("the site answers by mail: the tour is for SIGNUP_ANSWER=session");
  mustBe("user.email", email, answer.user.email);
  mustBe("user.email_verified_at", null, answer.user.email_verified_at);
  mustBe("account.role", "owner", answer.account.role);
  const registeredAt = new Date(answer.user.created_at);
  const customer: Customer = { name, email, password, mail, registeredAt, laptop: openDevice(tour.site, LAPTOP, answer) };
  return { customer, account: answer.account };
}

/** A token is shown to nobody, not even here. */
export const withoutToken = (url: string): string => url.replace(/token=[\w-]+/, "token=...");

function mustBeDay(what: string, customer: Customer, at: string | null, day: number): void {
  mustBe(what, addDays(customer.registeredAt, day).toISOString(), mustExist(what, at));
}

/** Days of 24 hours, as the product counts them. */
export const addDays = (from: Date, days: number): Date => new Date(from.getTime() + days * 86_400_000);

/** `day 8` of a customer, by the clock of the sandbox. */
export const dayOf = (customer: Customer, now: Date): string => `day ${daysBetween(customer.registeredAt, now)}`;
