import type { Spread } from "./statistics.ts";

/** What the ratio, or the value itself, should be. */
export interface Aim {
  readonly of: "ratio" | "value";
  /** `near`: a ratio not further than `bound` from 1. */
  readonly at: "least" | "most" | "near";
  readonly bound: number;
}
/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: Spread;
  /** What the value is held beside, measured in the same run. */
  readonly limit: { readonly name: string; readonly value: Spread };
  readonly ratio: Spread;
  /** null: it is there to be read beside the others. */
  readonly aim: Aim | null;
  readonly note?: string;
}

/** Whether the median meets the aim; null: there is none. */
export function isMet(figure: Figure): boolean | null {
  if (figure.aim === null) return null;
  const measured = figure[figure.aim.of].median;
  switch (figure.aim.at) {
    case "least":
      return measured >= figure.aim.bound;
    case "most":
      return measured <= figure.aim.bound;
    case "near":
      return Math.abs(measured - 1) <= figure.aim.bound;
  }
}
