import { ACCESS_MODES, type AccessMode, GUARDS, type GuardName, SHUT_REASONS, type ShutReason } from "@gatehouse/core";
import { z } from "zod";
import { variable } from "./config-variable.ts";

const section = "Access";
const partsOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** `trial_ended=read_only, canceled=billing_only`: over the default policy, for the reasons that are named. */
const modes = z.string().transform((text, context): Partial<Record<ShutReason, AccessMode>> => {
  const read: Partial<Record<ShutReason, AccessMode>> = {};
  for (const part of partsOf(text)) {
    const [written, as, ...more] = part.split("=").map((word) => word.trim());
    const reason = SHUT_REASONS.find((known) => known === written);
    const mode = ACCESS_MODES.find((known) => known === as);
    const why =
      mode === undefined || more.length > 0
        ? `must be reason=mode, and modes are ${ACCESS_MODES.join(", ")}`
        : reason === undefined
          ? `has a reason that there is not; there are ${SHUT_REASONS.join(", ")}`
          : read[reason] !== undefined
            ? `names ${reason} twice`
            : null;
    if (why !== null) context.addIssue({ code: "custom", message: why });
    else if (reason !== undefined && mode !== undefined) read[reason] = mode;
  }
  return read;
});

/** Guards that only count: all of them, none, or those that are named. */
const shadow = z.string().transform((text, context): readonly GuardName[] => {
  const names = partsOf(text);
  if (names.length === 1 && names[0] === "on") return GUARDS;
  if (names.length === 0 || (names.length === 1 && names[0] === "off")) return [];
  const known = GUARDS.filter((guard) => names.includes(guard));
  if (names.some((name) => !GUARDS.some((guard) => guard === name)))
    context.addIssue({ code: "custom", message: `must be on, off, or guards of ${GUARDS.join(", ")}` });
  return known;
});

/** What an operator may decide about access without touching a law. */
export const accessVariables = {
  ACCESS_MODES: variable({
    section,
    description:
      "What is left to an account without an open subscription, by the reason: full, grace, read_only (GET and export), billing_only or locked. Reasons that are not named: locked",
    default: "",
    example: "trial_ended=read_only,canceled=billing_only",
    read: modes,
  }),
  GUARDS_SHADOW: variable({
    section,
    description:
      "on, or guards by name: they let pass and count whom they would have refused, for gatehouse access shadow. off: they refuse",
    default: "off",
    example: "requireVerifiedEmailAfterGrace",
    read: shadow,
  }),
};
