import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Invite } from "./invite.ts";
import { decideConnect, decideLink, isLastWayIn, type LinkDecision, type LinkFacts, type LinkUser, type ProviderEmail } from "./linking.ts";
import type { WaitlistEntry } from "./waitlist.ts";

const now = new Date(Date.UTC(2026, 0, 10));
const then = new Date(Date.UTC(2026, 0, 1));
const later = new Date(Date.UTC(2026, 1, 1));
const ADA = "ada@example.com";
const EMAILS = {
  proven: { state: "proven", normalised: ADA },
  unproven: { state: "unproven", normalised: ADA },
  absent: { state: "absent" },
  invalid: { state: "invalid" },
} as const satisfies Record<string, ProviderEmail>;
const user = (over: Partial<LinkUser> = {}): LinkUser => ({
  id: "ada",
  email: ADA,
  emailVerifiedAt: then,
  credentialsProvenAt: then,
  hasIdentityOfProvider: false,
  ...over,
});
const LOCALS = {
  none: null,
  unverified: user({ emailVerifiedAt: null, credentialsProvenAt: null }),
  // The link of the mail was followed where nobody was signed in: it may have been a stranger who registered the address.
  "verified by a stranger's click": user({ credentialsProvenAt: null }),
  "unverified with another account of this provider": user({
    emailVerifiedAt: null,
    credentialsProvenAt: null,
    hasIdentityOfProvider: true,
  }),
  proven: user(),
  "proven with another account of this provider": user({ hasIdentityOfProvider: true }),
} as const;
const invite = (over: Partial<Invite> = {}): Invite => ({
  email: ADA,
  role: "member",
  expiresAt: later,
  revokedAt: null,
  acceptedAt: null,
  ...over,
});
const facts = (over: Partial<LinkFacts> = {}): LinkFacts => ({
  email: EMAILS.proven,
  identity: null,
  local: null,
  invite: null,
  ticket: null,
  unprovenSignUp: "session",
  now,
  ...over,
});
const say = (decision: LinkDecision): string => {
  if (decision.kind === "refuse") return decision.code;
  if (decision.kind === "create") return decision.proven ? "create" : "create unproven";
  return decision.kind;
};

describe("somebody whom we never saw", () => {
  test.each<[keyof typeof EMAILS, keyof typeof LOCALS, string]>([
    ["proven", "none", "create"],
    ["proven", "unverified", "evict_and_link"],
    ["proven", "verified by a stranger's click", "evict_and_link"],
    ["proven", "unverified with another account of this provider", "evict_and_link"],
    ["proven", "proven", "link"],
    ["proven", "proven with another account of this provider", "identity_conflict"],
    ["unproven", "none", "create unproven"],
    ["unproven", "unverified", "ask_proof"],
    ["unproven", "verified by a stranger's click", "ask_proof"],
    ["unproven", "unverified with another account of this provider", "ask_proof"],
    ["unproven", "proven", "ask_proof"],
    ["unproven", "proven with another account of this provider", "ask_proof"],
    ["absent", "none", "email_required"],
    ["absent", "proven", "email_required"],
    ["invalid", "none", "email_required"],
    ["invalid", "proven", "email_required"],
  ])("address %s, local user %s: %s", (email, local, expected) => {
    expect(say(decideLink(facts({ email: EMAILS[email], local: LOCALS[local] })))).toBe(expected);
  });

  test("where sign-ups are answered by mail, an unproven address waits for the mail whoever has it", () => {
    for (const local of ["none", "unverified", "proven"] as const)
      expect(say(decideLink(facts({ email: EMAILS.unproven, local: LOCALS[local], unprovenSignUp: "mail" })))).toBe("ask_proof");
  });

  test.each<[string, Partial<Invite>, string]>([
    ["a live invite to this address proves it, for its token came by mail", {}, "create"],
    ["an invite for another address is refused", { email: "grace@example.com" }, "invite_wrong_email"],
    ["a revoked one", { revokedAt: then }, "invite_revoked"],
    ["a used one", { acceptedAt: then }, "invite_used"],
    ["an expired one, at the very instant", { expiresAt: now }, "invite_expired"],
  ])("%s", (_, over, expected) => {
    expect(say(decideLink(facts({ email: EMAILS.unproven, invite: invite(over) })))).toBe(expected);
  });

  test.each<[string, Partial<WaitlistEntry>, string]>([
    ["a ticket from the waitlist proves it too", {}, "create"],
    ["a ticket for another address is refused", { email: "grace@example.com" }, "waitlist_ticket_wrong_email"],
    ["a used ticket", { registeredAt: then }, "waitlist_ticket_used"],
    ["an expired ticket, at the very instant", { ticket: { expiresAt: now } }, "waitlist_ticket_expired"],
  ])("%s", (_, over, expected) => {
    const ticket = { email: ADA, ticket: { expiresAt: later }, registeredAt: null, ...over };
    expect(say(decideLink(facts({ email: EMAILS.unproven, ticket })))).toBe(expected);
  });

  test("an invite joins no account of a provider to a user who is there already", () => {
    expect(say(decideLink(facts({ email: EMAILS.unproven, invite: invite(), local: LOCALS.proven })))).toBe("ask_proof");
  });
});

describe("somebody whom we know", () => {
  const known = (owner: LinkUser | null): LinkFacts["identity"] => ({ user: owner });

  test.each(Object.entries(EMAILS))("GO-1: signs in as before when the address is %s by now, and whoever has it here", (_, email) => {
    for (const local of Object.values(LOCALS)) {
      const decision = decideLink(facts({ email, identity: known(user({ id: "the owner", email: "old@example.com" })), local }));
      expect(decision).toEqual({ kind: "sign_in", userId: "the owner", proves: false });
    }
  });
  test("PH-10: an account of a provider whose user is gone is nobody's, also when its address is somebody's", () => {
    expect(say(decideLink(facts({ identity: known(null), local: LOCALS.proven })))).toBe("identity_orphaned");
  });
  test("the provider's word later proves an address that was not proven, but only that one", () => {
    const owner = user({ emailVerifiedAt: null, credentialsProvenAt: null });
    expect(decideLink(facts({ identity: known(owner) }))).toMatchObject({ kind: "sign_in", proves: true });
    expect(decideLink(facts({ identity: known({ ...owner, email: "grace@example.com" }) }))).toMatchObject({ proves: false });
    expect(decideLink(facts({ identity: known(owner), email: EMAILS.unproven }))).toMatchObject({ proves: false });
  });
});

describe("for any facts", () => {
  const date = fc.constantFrom(null, then);
  const anyUser = fc.record({
    id: fc.constantFrom("ada", "grace"),
    email: fc.constantFrom(ADA, "grace@example.com"),
    emailVerifiedAt: date,
    credentialsProvenAt: date,
    hasIdentityOfProvider: fc.boolean(),
  });
  const anyFacts = fc.record({
    email: fc.constantFrom(...Object.values(EMAILS)),
    identity: fc.option(fc.record({ user: fc.option(anyUser) })),
    local: fc.option(anyUser),
    invite: fc.option(fc.constant(invite())),
    ticket: fc.option(fc.constant({ email: ADA, ticket: { expiresAt: later }, registeredAt: null })),
    unprovenSignUp: fc.constantFrom("session" as const, "mail" as const),
    now: fc.constant(now),
  });

  test("law 6: nobody gets into a user by an address alone unless the provider proves it; and one that is not proven is evicted", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const decision = decideLink(given);
        if (decision.kind === "link" || decision.kind === "evict_and_link") {
          expect(given.email.state).toBe("proven");
          expect(given.identity).toBeNull();
          expect(decision.userId).toBe(given.local?.id);
          const isProven = given.local?.emailVerifiedAt != null && given.local.credentialsProvenAt !== null;
          expect(decision.kind).toBe(isProven ? "link" : "evict_and_link");
          if (isProven) expect(given.local?.hasIdentityOfProvider).toBe(false);
        }
        if (decision.kind === "sign_in") expect(decision.userId).toBe(given.identity?.user?.id);
        if (decision.kind === "create") expect(given.local).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });
});

describe("connecting while signed in", () => {
  const me = user({ id: "me" });
  test.each<[string, LinkFacts["identity"], LinkUser, string]>([
    ["a new account of a provider is connected", null, me, "connect"],
    ["one that is mine already stays mine", { user: me }, me, "already_connected"],
    ["one of somebody else is refused", { user: user({ id: "grace" }) }, me, "identity_taken"],
    ["one whose user is gone is refused", { user: null }, me, "identity_orphaned"],
    [
      "PH-3: nobody builds a second way into an address that they did not verify",
      null,
      { ...me, emailVerifiedAt: null },
      "email_not_verified",
    ],
    ["PH-3: nor into one that its owner verified by chance", null, { ...me, credentialsProvenAt: null }, "email_not_verified"],
  ])("%s", (_, identity, who, expected) => {
    const decision = decideConnect(identity, who);
    expect(decision.kind === "refuse" ? decision.code : decision.kind).toBe(expected);
  });

  test.each([
    [{ hasPassword: false, others: 0 }, true],
    [{ hasPassword: true, others: 0 }, false],
    [{ hasPassword: false, others: 1 }, false],
  ])("PH-11: %j is the last way in: %s", (ways, expected) => expect(isLastWayIn(ways)).toBe(expected));
});
