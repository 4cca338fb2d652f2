/**
 * Who may register, from the widest to the narrowest: everyone; who is let in from the waitlist, which everyone may join; only who was
 * invited; or (but for who has a ticket in hand) nobody.
 */
export const SIGNUP_MODES = ["open", "waitlist", "invite_only", "closed"] as const;
export type SignupMode = (typeof SIGNUP_MODES)[number];

export interface SignupSettings {
  /** From the configuration. */
  readonly configuredMode: SignupMode;
  /** What an operator set at run time; null where the configuration stands. */
  readonly runtimeMode: SignupMode | null;
  /** False until the product is public: then no mode, however set, opens it further than invite-only. */
  readonly selfServeEnabled: boolean;
}

export type SignupDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: "signup_waitlist" | "signup_invite_only" | "signup_closed" };

/**
 * The mode that is in force: the run-time setting before the configuration, capped while self-serve is off. The waitlist is capped too:
 * before the product is public, no refusal sends strangers to a page of it.
 */
export function signupModeInForce(settings: SignupSettings): SignupMode {
  const mode = settings.runtimeMode ?? settings.configuredMode;
  const isPublic = mode === "open" || mode === "waitlist";
  return isPublic && !settings.selfServeEnabled ? "invite_only" : mode;
}

/** May somebody register? Who has a live invite or a ticket from the waitlist always may, also where sign-up is closed. */
export function decideSignup(facts: SignupSettings & { readonly hasTicket: boolean }): SignupDecision {
  if (facts.hasTicket) return { allowed: true };
  switch (signupModeInForce(facts)) {
    case "open":
      return { allowed: true };
    case "waitlist":
      return { allowed: false, reason: "signup_waitlist" };
    case "invite_only":
      return { allowed: false, reason: "signup_invite_only" };
    case "closed":
      return { allowed: false, reason: "signup_closed" };
  }
}
