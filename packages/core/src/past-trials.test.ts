import { expect, test } from "vitest";
import { type ClaimHolder, judgePastTrial, type PastTrialVerdict } from "./past-trials.ts";
import type { ClaimKind } from "./trial-abuse.ts";

const ours = (isProven = true): ClaimHolder => ({ accountId: "ours", isProven });
const theirs = (isProven = true): ClaimHolder => ({ accountId: "theirs", isProven });
type Held = Partial<Record<ClaimKind, ClaimHolder>>;

test.each<[string, boolean, readonly ClaimKind[], Held, PastTrialVerdict, readonly ClaimKind[]]>([
  ["what nobody holds is taken", true, ["address", "company"], {}, "remembered", ["address", "company"]],
  ["of what others hold, the rest is taken", true, ["address", "company"], { company: theirs() }, "remembered", ["address"]],
  ["twice is once", true, ["address", "company"], { address: ours(), company: ours() }, "known", []],
  ["twice is once for who has proven nothing, too", false, ["company"], { company: ours(false) }, "known", []],
  ["what was proven later is nothing new", true, ["company"], { company: ours(false) }, "known", []],
  ["an account of a provider that came later is taken", true, ["address", "provider"], { address: ours() }, "remembered", ["provider"]],
  ["a person who had a trial elsewhere is remembered there", true, ["address"], { address: theirs() }, "held_by_others", []],
  ["of a company, what is proven goes before what was typed", true, ["company"], { company: theirs(false) }, "remembered", ["company"]],
  ["what was typed takes nothing from what was typed before", false, ["company"], { company: theirs(false) }, "held_by_others", []],
  ["what is proven takes nothing from what is proven", true, ["company"], { company: theirs() }, "held_by_others", []],
  ["an unproven address is a person's all the same", true, ["address"], { address: theirs(false) }, "held_by_others", []],
  ["of whom nobody is left, nothing is taken", false, [], {}, "nobody_left", []],
])("%s", (_, isProven, kinds, held, verdict, takes) => {
  const claims = kinds.map((kind) => ({ kind }));
  const judged = judgePastTrial({ ...ours(isProven), claims }, ({ kind }) => held[kind] ?? null);
  expect(judged).toEqual({ verdict, takes: takes.map((kind) => ({ kind })) });
});
