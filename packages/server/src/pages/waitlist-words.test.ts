import { errors } from "@gatehouse/contract";
import { expect, test } from "vitest";

interface WaitlistWords {
  deadTicketInWords(code: string): [title: string, words: string] | null;
  offerInWords(offer: { plan_name: string; until: string | null }): string;
}
const { deadTicketInWords, offerInWords }: WaitlistWords = await import(
  /* @vite-ignore */ new URL("assets/waitlist-words.js", import.meta.url).href
);

/** Said beside the form, for there the person can mend it. */
const ELSEWHERE = "waitlist_ticket_wrong_email";

test("every way in which a ticket can be dead has words of its own, and each says what to do", () => {
  const codes = Object.keys(errors).filter((code) => code.startsWith("waitlist_ticket_") && code !== ELSEWHERE);
  const said = codes.map((code) => deadTicketInWords(code));
  expect(said).not.toContain(null);
  expect(new Set(said.map((words) => words?.[0])).size).toBe(codes.length);
  for (const words of said) expect(words?.[1]).toMatch(/\b(Open|Join|Sign in)\b/);
});

test("what says nothing of a ticket is left to whoever asks", () => {
  for (const code of ["email_taken", "rate_limited", "constructor", ELSEWHERE]) expect(deadTicketInWords(code)).toBeNull();
});

test("what comes with a ticket is said with its plan and its end", () => {
  expect(offerInWords({ plan_name: "Enterprise", until: null })).toBe("You are given the plan Enterprise, without an end.");
  expect(offerInWords({ plan_name: "Team", until: "2026-03-17T14:05:00.000Z" })).toMatch(/plan Team, until 17 March 2026/);
});
