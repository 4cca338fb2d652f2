import { auth, me, oauth } from "@gatehouse/contract";
import { type Arrival, openBrowser } from "./at-the-provider.ts";
import type { Cast, Stranger, Tour } from "./cast.ts";
import { mustBe, mustHold } from "./must.ts";
import { registerOnLaptop } from "./sign-up.ts";
import { tokenLink } from "./site.ts";
import { followLink } from "./verify-address.ts";
import { sayRefusal } from "./words.ts";

/** Sign-in with providers: who one is there is a subject and never an address, and nobody gets in by an address that they cannot prove. */
export async function comesWithGoogle(tour: Tour, cast: Cast): Promise<void> {
  tour.chapter(`${cast.katherine.name} comes with Google, and others try to`);
  await tour.step("GET /auth/providers says which buttons to show", async (say) => {
    const { items } = await tour.site.stranger.call(oauth.listProviders, {});
    mustBe(
      "the buttons",
      ["Google", "Microsoft"],
      items.map(({ name }) => name),
    );
    say(items.map(({ name }) => `Continue with ${name}`).join(", "));
  });
  await signsUp(tour, cast.katherine);
  await twoTenants(tour, cast.hedy);
  await linksByProof(tour, cast.hedy);
  await forgetsPassword(tour, cast.katherine);
}

const atGoogle = ({ name, email }: Stranger, subject: string) => ({ name, email, subject, kind: "hosted" });

async function signsUp(tour: Tour, katherine: Stranger): Promise<void> {
  const subject = katherine.email;
  const first = await tour.step(`${katherine.name} signs up with Google: verified, on trial, and without a password`, async (say) => {
    const { status, body } = await openBrowser(tour.site).comeBy("google", atGoogle(katherine, subject));
    mustBe("the answer", [200, "signed_up"], [status, body.outcome]);
    mustBe("has_password", false, body.user?.has_password);
    mustHold("email_verified_at", "a time", body.user?.email_verified_at, body.user?.email_verified_at !== null);
    say(`${katherine.name} <${body.user?.email}>, ${body.account?.role} of "${body.account?.name}"`);
    return body.user;
  });
  await tour.step("Her address at Google changes: she comes back as the same user", async (say) => {
    const moved = { ...atGoogle(katherine, subject), email: `new.${katherine.email}` };
    const { body } = await openBrowser(tour.site).comeBy("google", moved);
    mustBe("the user", first?.id, body.user?.id);
    mustBe("outcome", "signed_in", body.outcome);
    say(`Google says ${moved.email}; the user is that of ${body.user?.email}`);
  });
  await tour.step("Somebody else has her old address at Google now: refused, with a way to support", async (say) => {
    say(...refused(await openBrowser(tour.site).comeBy("google", atGoogle(katherine, `not ${subject}`)), 409, "identity_conflict"));
  });
  await tour.step("She presses the button and says no at Google: nothing happens", async (say) => {
    say(...refused(await openBrowser(tour.site).comeBy("google", { deny: "1" }), 403, "oauth_denied"));
  });
}

async function twoTenants(tour: Tour, hedy: Stranger): Promise<void> {
  await tour.step("Microsoft of two tenants: the same person there is two users here", async (say) => {
    const of = async (tenant: string, email: string, kind: string) =>
      (await openBrowser(tour.site).comeBy("microsoft", { name: hedy.name, email, subject: hedy.email, kind, tenant })).body;
    const contoso = await of("contoso", `contoso.${hedy.email}`, "verified");
    const fabrikam = await of("fabrikam", `fabrikam.${hedy.email}`, "unverified");
    mustHold("the users", "two", contoso.user?.id, contoso.user?.id !== undefined && contoso.user.id !== fabrikam.user?.id);
    mustHold("Contoso's address", "verified", contoso.user, contoso.user?.email_verified_at !== null);
    mustBe("Fabrikam's address is verified", null, fabrikam.user?.email_verified_at);
    say("Contoso owns its domain, so its address is verified", "Fabrikam wrote an address there: it must be verified by mail");
  });
}

async function linksByProof(tour: Tour, hedy: Stranger): Promise<void> {
  const customer = await tour.step(`${hedy.name} registers with a password and verifies`, async (say) => {
    const registered = (await registerOnLaptop(tour, hedy)).customer;
    await followLink(tour, registered, tokenLink(await hedy.mail.next("Confirm your email address"), "/verify-email").token);
    say(`${hedy.name} <${hedy.email}>`);
    return registered;
  });
  const browser = openBrowser(tour.site);
  const mail = await tour.step("A Microsoft account claims her address without proof: nobody is let in, a mail asks", async (say) => {
    const who = { name: "Whoever", email: hedy.email, subject: `claims ${hedy.email}`, kind: "unverified", tenant: "fabrikam" };
    const { status, body } = await browser.comeBy("microsoft", who);
    mustBe("the answer", [202, "check_your_email"], [status, body.status]);
    const asked = await hedy.mail.next("with Microsoft?");
    say(`202 check_your_email`, `Subject: ${asked.subject}`);
    return asked;
  });
  const { token } = tokenLink(mail, "/confirm-email");
  await tour.step("The link in another browser joins nothing: a stranger may have caused the mail", async (say) => {
    say(...refused(await openBrowser(tour.site).post("/auth/email/confirm", { token }), 403, "other_browser"));
  });
  await tour.step("In the browser where it was begun it proves both sides, and the account is linked", async (say) => {
    const { status, body } = await browser.post("/auth/email/confirm", { token, transport: "body" });
    mustBe("the answer", [200, "linked", hedy.email], [status, body.outcome, body.user?.email]);
    const told = await hedy.mail.next("Microsoft now signs you in");
    const { items } = await customer.laptop.call(me.listIdentities, {});
    mustBe(
      "her ways in",
      ["microsoft"],
      items.map(({ provider }) => provider),
    );
    say(`She is told: ${told.subject}`);
  });
}

async function forgetsPassword(tour: Tour, katherine: Stranger): Promise<void> {
  const { email, password } = katherine;
  await tour.step(`${katherine.name} forgets that she has no password: the answer names the button`, async (say) => {
    const problem = await tour.site.stranger.refused(auth.login, { body: { email, password } }, 401, "use_oauth_provider");
    mustBe("providers", ["google"], problem["providers"]);
    say(...sayRefusal(problem));
  });
  await tour.step("She asks for a new password: everybody gets the same answer, and the mail names the button", async (say) => {
    await tour.site.stranger.call(auth.forgotPassword, { body: { email } });
    const mail = await katherine.mail.next("with Google");
    mustHold("the mail", '"Continue with Google"', mail.text, mail.text.includes('"Continue with Google"'));
    say(`Subject: ${mail.subject}`);
  });
}

/** @returns what to say of it */
function refused({ status, body }: Arrival, expected: number, code: string): string[] {
  mustBe("the answer", `${expected} ${code}`, `${status} ${body.code}`);
  return [`${status} ${body.code}: ${body.title}`, String(body.detail)];
}
