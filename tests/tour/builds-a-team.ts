import { accounts, auth, invites, me, members, onboarding } from "@gatehouse/contract";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import { openBrowser } from "./at-the-provider.ts";
import type { Cast, Customer, Stranger, Tour } from "./cast.ts";
import { LAPTOP, openDevice, PHONE } from "./device.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { registerOnLaptop, withoutToken } from "./sign-up.ts";
import { type Mail, tokenLink } from "./site.ts";
import { followLink } from "./verify-address.ts";
import { sayInstant, sayRefusal } from "./words.ts";

/** From one person to a team: welcome, invites, roles, a new owner, and the account's own data. */
export async function buildsTeam(tour: Tour, cast: Cast): Promise<void> {
  tour.chapter(`${cast.joan.name} builds a team`);
  const joan = await isWelcomed(tour, cast.joan);
  const mails = await invitesPeople(tour, joan, cast);
  const annie = await joinsByPassword(tour, joan, cast.annie, mails.annie);
  await joinsByGoogle(tour, joan, cast.radia, mails.radia);
  await deadLinks(tour, joan, cast.evelyn, mails.annie);
  await rolesHold(tour, joan, annie);
  await handsOver(tour, joan, annie);
  await looksAfterItself(tour, joan, annie);
}

async function isWelcomed(tour: Tour, stranger: Stranger): Promise<Customer> {
  const joan = await tour.step(`${stranger.name} registers and verifies; the welcome asks three things`, async (say) => {
    const { customer } = await registerOnLaptop(tour, stranger);
    await followLink(tour, customer, tokenLink(await stranger.mail.next("Confirm your email address"), "/verify-email").token);
    const { welcome } = await customer.laptop.call(onboarding.getOnboarding, {});
    mustBe("where it begins", "about_you", welcome.current);
    say(welcome.steps.map(({ key }) => key).join(" > "));
    return customer;
  });
  await tour.step("She answers, skips one, and a request that comes late does not lead back", async (say) => {
    const patch = async (body: object) => await joan.laptop.call(onboarding.patchOnboarding, { body });
    await patch({ step: "about_you", role_at_signup: "Support lead" });
    await patch({ step: "company", account_name: "Analytical Engines", company_size: "11-50" });
    await patch({ step: "team" });
    const { welcome, answers } = await patch({ step: "about_you" });
    mustBe("where the welcome stands", "first_tree", welcome.current);
    mustBe("what was answered", ["Support lead", "Analytical Engines"], [answers.role_at_signup, answers.account_name]);
    say(`Now: ${welcome.current}; "${answers.account_name}", ${answers.role_at_signup}`);
  });
  return joan;
}

async function invitesPeople(tour: Tour, joan: Customer, { annie, radia }: Cast): Promise<{ annie: Mail; radia: Mail }> {
  return await tour.step("She pastes a list: every good row goes through, and each row gets its verdict", async (say) => {
    const list = `Annie <${annie.email}>, admin\n${radia.email}\n${radia.email.toUpperCase()}\nno address\n${joan.email}`;
    const { items, counts } = await joan.laptop.call(invites.inviteMany, {
      body: { list: `email,role\n${list.replaceAll("Annie ", "")}` },
    });
    mustBe(
      "the verdicts",
      ["invited", "invited", "duplicate_in_list", "invalid", "already_member"],
      items.map(({ verdict }) => verdict),
    );
    const mails = { annie: await annie.mail.next("invited"), radia: await radia.mail.next("invited") };
    const { seats } = await joan.laptop.call(accounts.getAccount, {});
    mustBe("seats in use", 1 + counts.invited, seats.used);
    say(...items.map(({ email, verdict }) => `${verdict.padEnd(18)} ${email}`), `Seats: ${seats.used} of ${seats.limit}`);
    say(`Subject: ${mails.annie.subject}`, `Link: ${withoutToken(tokenLink(mails.annie, "/invite").url)}`);
    return mails;
  });
}

async function joinsByPassword(tour: Tour, joan: Customer, annie: Stranger, mail: Mail): Promise<Customer> {
  const { token } = tokenLink(mail, "/invite");
  await tour.step("Who holds the link reads what it is, and no more than the mail said", async (say) => {
    const shown = await tour.site.stranger.call(invites.readInvite, { params: { token } });
    mustHold("the address", "masked", shown.email_hint, shown.email_hint !== annie.email);
    say(`"${shown.account.name}", as ${shown.role}, for ${shown.email_hint}, until ${sayInstant(shown.expires_at)}`);
  });
  return await tour.step(`${annie.name} registers by it: a member, verified, without an account or a trial of her own`, async (say) => {
    const { email, password, name } = annie;
    const body = { email, password, name, invite_token: token, transport: "body" as const };
    const answer = await tour.site.stranger.call(auth.register, { body }, { headers: LAPTOP });
    if (!("user" in answer)) throw new Error("by an invite the answer is a session");
    mustBe("account.role", "admin", answer.account.role);
    mustHold("user.email_verified_at", "a time", answer.user, answer.user.email_verified_at !== null);
    const laptop = openDevice(tour.site, LAPTOP, answer);
    const { items } = await laptop.call(accounts.listAccounts, {});
    mustBe("how many accounts she is in", 1, items.length);
    const told = await joan.mail.next("was accepted");
    say(`${name}, ${answer.account.role} of "${answer.account.name}"`, `${joan.name} is told: ${told.subject}`);
    return { ...annie, registeredAt: new Date(answer.user.created_at), laptop };
  });
}

async function joinsByGoogle(tour: Tour, joan: Customer, radia: Stranger, mail: Mail): Promise<void> {
  const { token } = tokenLink(mail, "/invite");
  const who = { name: radia.name, email: radia.email, subject: radia.email, kind: "hosted" };
  await tour.step(`${radia.name} has an account of her own by Google; with the invite in hand she is in both`, async (say) => {
    mustBe("the first time", "signed_up", (await openBrowser(tour.site).comeBy("google", who)).body.outcome);
    const { status, body } = await openBrowser(tour.site).comeBy("google", who, { invite_token: token });
    mustBe("the second time", [200, "signed_in", "member"], [status, body.outcome, body.account?.role]);
    const headers = { authorization: `Bearer ${body.access_token}` };
    const { items } = await tour.site.stranger.call(accounts.listAccounts, {}, { headers });
    mustBe("how many accounts she is in", 2, items.length);
    const own = mustExist(
      "her own account",
      items.find(({ role }) => role === "owner"),
    );
    const switched = await tour.site.stranger.call(accounts.switchAccount, { body: { account_id: own.id } }, { headers });
    const there = await tour.site.stranger.call(me.getMe, {}, { headers: { authorization: `Bearer ${switched.access_token}` } });
    mustBe("after the switch", own.id, there.account.id);
    say(...items.map(({ name, role, is_current }) => `${role} of "${name}"${is_current ? " (here)" : ""}`));
    say(`POST /accounts/switch: a token for "${there.account.name}"; ${joan.name}'s team stays open in the other tab`);
  });
}

async function deadLinks(tour: Tour, joan: Customer, evelyn: Stranger, used: Mail): Promise<void> {
  const read = (mail: Mail, status: number, code: string) =>
    tour.site.stranger.refused(invites.readInvite, { params: { token: tokenLink(mail, "/invite").token } }, status, code);
  await tour.step("A link that was used, replaced or taken back says which; taking back again changes nothing", async (say) => {
    const { id } = await joan.laptop.call(invites.createInvite, { body: { email: evelyn.email, role: "viewer" } });
    const older = await evelyn.mail.next("invited");
    await joan.laptop.call(invites.resendInvite, { params: { id } });
    const newer = await evelyn.mail.next("invited");
    say(...sayRefusal(await read(used, 410, "invite_used")), ...sayRefusal(await read(older, 404, "invite_not_found")));
    await joan.laptop.call(invites.revokeInvite, { params: { id } });
    await joan.laptop.call(invites.revokeInvite, { params: { id } });
    say(...sayRefusal(await read(newer, 410, "invite_revoked")));
  });
}

async function rolesHold(tour: Tour, joan: Customer, annie: Customer): Promise<void> {
  await tour.step("An admin neither makes themself owner nor touches the owner; a viewer does not invite", async (say) => {
    const { items } = await annie.laptop.call(members.listMembers, { query: {} });
    const idOf = ({ email }: Stranger) =>
      mustExist(
        email,
        items.find((one) => one.email === email),
      ).id;
    const own = { params: { id: idOf(annie) }, body: { role: "owner" as const } };
    say(...sayRefusal(await annie.laptop.refused(members.changeRole, own, 403, "permission_denied")));
    await annie.laptop.refused(members.removeMember, { params: { id: idOf(joan) } }, 403, "permission_denied");
    await joan.laptop.call(members.changeRole, { params: { id: idOf(annie) }, body: { role: "viewer" } });
    const { permissions } = await annie.laptop.call(me.getMe, {});
    await annie.laptop.refused(invites.createInvite, { body: { email: joan.email } }, 403, "permission_denied");
    await joan.laptop.call(members.changeRole, { params: { id: idOf(annie) }, body: { role: "admin" } });
    say(`GET /me of a viewer: ${permissions.join(", ")}`);
  });
}

async function handsOver(tour: Tour, joan: Customer, annie: Customer): Promise<void> {
  await tour.step("Ownership goes over when the other one agrees; nobody is ever without an owner", async (say) => {
    const { items } = await joan.laptop.call(members.listMembers, { query: {} });
    const memberId = mustExist(
      annie.email,
      items.find(({ email }) => email === annie.email),
    ).id;
    const own = mustExist(
      joan.email,
      items.find(({ is_you }) => is_you),
    ).id;
    const alone = await joan.laptop.refused(members.removeMember, { params: { id: own } }, 409, "last_owner");
    const body = { member_id: memberId, role_after: "member" as const, password: joan.password };
    const offer = await joan.laptop.call(members.offerOwnership, { body });
    const mail = await annie.mail.next("is offered to you");
    const { account } = await annie.laptop.call(members.takeOwnership, {});
    mustBe("Annie's role", "owner", account.role);
    mustBe("Joan's role", "member", (await joan.laptop.call(me.getMe, {})).account.role);
    say(...sayRefusal(alone), `Offered until ${sayInstant(offer.expires_at)}; to ${annie.name}: ${mail.subject}`);
  });
}

async function looksAfterItself(tour: Tour, joan: Customer, annie: Customer): Promise<void> {
  await tour.step("The checklist is looked up, not ticked", async (say) => {
    const { checklist } = await annie.laptop.call(onboarding.getOnboarding, {});
    const done = checklist.items.filter((item) => item.done).map(({ key }) => key);
    mustBe("what is done", ["verified_email", "invited_someone"], done);
    say(...checklist.items.map(({ title, done: is }) => `${is ? "done" : "open"}  ${title}`));
  });
  await tour.step("Everything of the account as a ZIP", async (say) => {
    await annie.laptop.call(trees.listTrees, { query: {} });
    const headers = await annie.laptop.bearer();
    const answer = await fetch(`${tour.site.baseUrl}/api/v1/accounts/me/export`, { headers });
    const bytes = Buffer.from(await answer.arrayBuffer());
    mustBe("status and type", [200, "application/zip"], [answer.status, answer.headers.get("content-type")]);
    mustHold(
      "the archive",
      "a ZIP with a manifest at its end",
      bytes.length,
      bytes.subarray(0, 2).toString() === "PK" && bytes.includes("MANIFEST.json"),
    );
    say(`${bytes.length} bytes, ${answer.headers.get("content-disposition")}`);
  });
  await tour.step(`${joan.name} is removed: her next request is refused, and the invites that she sent are taken back`, async (say) => {
    const { items } = await annie.laptop.call(members.listMembers, { query: {} });
    const id = mustExist(
      joan.email,
      items.find(({ email }) => email === joan.email),
    ).id;
    await annie.laptop.call(members.removeMember, { params: { id } });
    const problem = await joan.laptop.refused(me.getMe, {}, 401, "session_ended");
    const login = { email: joan.email, password: joan.password, transport: "body" as const };
    const none = await tour.site.stranger.refused(auth.login, { body: login }, 403, "no_account", { headers: PHONE });
    say(...sayRefusal(problem), ...sayRefusal(none));
  });
  await tour.step("GET /accounts/me/audit: who did what, to whom, from where", async (say) => {
    const { items } = await annie.laptop.call(accounts.listAudit, { query: { limit: 6 } });
    mustBe("the newest entry", "member.removed", items[0]?.action);
    say(...items.map(({ at, actor, action, ip }) => `${sayInstant(at)}  ${action.padEnd(24)} ${actor?.name ?? "-"} from ${ip}`));
  });
}
