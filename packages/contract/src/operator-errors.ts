/** Refusals of what operators do in every area: a part of `errors`, by the same rules. */
export const operatorErrors = {
  edited_meanwhile: {
    status: 409,
    title: "Somebody else has changed this since you read it. Nothing was changed.",
    mend: "Look at it again (`version` is the newer one), and decide anew.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;
