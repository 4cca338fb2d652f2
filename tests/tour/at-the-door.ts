import { auth, me } from "@gatehouse/contract";
import type { Cast, Customer, Tour } from "./cast.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { sayRefusal } from "./words.ts";

/** Bad input, and what whoever sent it reads. */
export async function knockAtTheDoor(tour: Tour, ada: Customer, { grace, nobody }: Cast): Promise<void> {
  tour.chapter("What is refused at the door");
  const { stranger } = tour.site;
  const registration = { email: grace.email, password: grace.password, name: grace.name, transport: "body" as const };
  await tour.step("A password that everybody tries first", async (say) => {
    const body = { ...registration, password: "password123" };
    const problem = await stranger.refused(auth.register, { body }, 422, "password_weak");
    mustBe("reason", "common", problem.reason);
    say(...sayRefusal(problem));
  });
  await tour.step("A role that is smuggled into the registration", async (say) => {
    const body = { ...registration, role: "owner", account_id: "0190a6a8-0000-7000-8000-000000000000" };
    const problem = await stranger.refused(auth.register, { body }, 422, "invalid_request");
    const problems = mustExist("`problems` of the refusal", problem.problems);
    mustHold(
      "`problems`",
      "role named",
      problems,
      problems.some(({ at, why }) => `${at} ${why}`.includes("role")),
    );
    await stranger.refused(auth.login, { body: { email: grace.email, password: grace.password } }, 401, "invalid_credentials");
    say(...sayRefusal(problem), "Nothing was written: the address still has no user");
  });
  await tour.step("A body that is no JSON", async (say) => {
    const json = { "content-type": "application/json" };
    const { status, type, text } = await tour.site.request("/api/v1/auth/register", { method: "POST", headers: json, body: '{"email": ' });
    mustBe("the status", 400, status);
    mustHold("the content type", "application/problem+json", type, type.startsWith("application/problem+json"));
    const problem = JSON.parse(text);
    mustBe("the code", "malformed_request", problem.code);
    say(...sayRefusal(problem));
  });
  await takenAddress(tour, ada);
  await wrongCredentials(tour, ada, nobody.email);
}

async function takenAddress(tour: Tour, ada: Customer): Promise<void> {
  await tour.step("An address that has a user already, in capitals: its owner is told by mail", async (say) => {
    const body = { email: ada.email.toUpperCase(), password: "thicket-saddle-58-ember", name: "Somebody" };
    const problem = await tour.site.stranger.refused(auth.register, { body }, 409, "email_taken");
    const mail = await ada.mail.next("You already have a sign-in");
    say(...sayRefusal(problem), `Mail to ${ada.name}: ${mail.subject}`);
  });
}

async function wrongCredentials(tour: Tour, ada: Customer, unknownAddress: string): Promise<void> {
  const { stranger } = tour.site;
  await tour.step("A wrong password and an unknown address read the same", async (say) => {
    const guess = { password: "not-the-password-31", transport: "body" as const };
    const wrong = await stranger.refused(auth.login, { body: { ...guess, email: ada.email } }, 401, "invalid_credentials");
    const unknown = await stranger.refused(auth.login, { body: { ...guess, email: unknownAddress } }, 401, "invalid_credentials");
    mustBe("what is said of the unknown address", { ...wrong, request_id: "" }, { ...unknown, request_id: "" });
    say(...sayRefusal(wrong));
  });
  await tour.step("No access token, and one that was tampered with", async (say) => {
    const { authorization } = await ada.laptop.bearer();
    const [head = "", claims = "", signature = ""] = authorization.split(".");
    const headers = { authorization: [head, claims, signature.replace(/^./, (first) => (first === "A" ? "B" : "A"))].join(".") };
    const none = await stranger.refused(me.getMe, {}, 401, "authentication_required");
    await stranger.refused(me.getMe, {}, 401, "authentication_required", { headers });
    say(...sayRefusal(none));
  });
}
