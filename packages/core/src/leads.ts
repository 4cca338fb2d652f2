/** How far sales has come with somebody who wrote to us. */
export const LEAD_STATES = ["new", "contacted", "qualified", "won", "lost"] as const;
export type LeadState = (typeof LEAD_STATES)[number];

/** Where a lead can go from each state. Nothing is new twice; what was won or lost can turn out otherwise. */
const NEXT: Readonly<Record<LeadState, readonly LeadState[]>> = {
  new: ["contacted", "qualified", "won", "lost"],
  contacted: ["qualified", "won", "lost"],
  qualified: ["contacted", "won", "lost"],
  won: ["qualified", "lost"],
  lost: ["contacted", "qualified"],
};

/** Where a lead in this state can go, in the order of `LEAD_STATES`. */
export const nextLeadStates = (state: LeadState): readonly LeadState[] => NEXT[state];

/** Why can a lead not go from `from` to `to`? Null: it can; staying where it is is no move, and always allowed. */
export function whyNotMoveLead(from: LeadState, to: LeadState): "lead_state_unreachable" | null {
  return from === to || NEXT[from].includes(to) ? null : "lead_state_unreachable";
}

/** What decides whether a lead becomes an account with a plan. */
export interface LeadConversion {
  readonly state: LeadState;
  /** An account was given a plan for it before. */
  readonly isConverted: boolean;
  /** Is it known which account is theirs? */
  readonly hasAccount: boolean;
  /** Were they invited to come in and take a plan, which they have not done yet? */
  readonly isInvited: boolean;
  /** Is there an address to invite? None is left of a person who was erased. */
  readonly hasAddress: boolean;
}
export type ConversionRefusal = "lead_converted" | "lead_state_unreachable" | "lead_invited" | "lead_without_account";

/**
 * How is a lead converted: is an account given the plan, or its person invited to come in and take it? Or why is it not? Once only: what comes
 * after is a change of the account. An account that is known by now is given it also where somebody was invited before.
 */
export function decideConversion(lead: LeadConversion): "give" | "invite" | ConversionRefusal {
  if (lead.isConverted) return "lead_converted";
  const refusal = whyNotMoveLead(lead.state, "won");
  if (refusal) return refusal;
  if (lead.hasAccount) return "give";
  if (lead.isInvited) return "lead_invited";
  return lead.hasAddress ? "invite" : "lead_without_account";
}
