/** Who may register: everyone, only who was invited, or (but for who was invited) nobody. */
export const SIGNUP_MODES = ["open", "invite_only", "closed"] as const;
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
  | { readonly allowed: false; readonly reason: "signup_invite_only" | "signup_closed" };

/** The mode that is in force: the run-time setting before the configuration, capped while self-serve is off. */
export function signupModeInForce(settings: SignupSettings): SignupMode {
  const mode = settings.runtimeMode ?? settings.configuredMode;
  return mode === "open" && !settings.selfServeEnabled ? "invite_only" : mode;
}

/** May somebody register? A person with a live invite always may: the invite is a ticket in even where sign-up is closed. */
export function decideSignup(facts: SignupSettings & { readonly hasInvite: boolean }): SignupDecision {
  if (facts.hasInvite) return { allowed: true };
  switch (signupModeInForce(facts)) {
    case "open":
      return { allowed: true };
    case "invite_only":
      return { allowed: false, reason: "signup_invite_only" };
    case "closed":
      return { allowed: false, reason: "signup_closed" };
  }
}
