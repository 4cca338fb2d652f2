import { loadavg } from "node:os";
import type { Figure } from "./figure.ts";
import type { Lab } from "./lab.ts";

/** How long to measure. */
export interface Effort {
  readonly isQuick: boolean;
  /** How many accounts the figures of many accounts take; null: as many as the figure says. */
  readonly accounts: number | null;
}
export interface Measurement {
  /** What `--only` takes. */
  readonly name: string;
  readonly what: string;
  measure(lab: Lab, effort: Effort): Promise<Figure[]>;
}

/** Does each thing once a round, in turn: what slows the machine for a while then slows all alike. @returns by thing, a value a round */
export async function interleave<Name extends string>(
  rounds: number,
  things: Readonly<Record<Name, (round: number) => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(things).filter((name): name is Name => name in things);
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    // Every other round backwards, so that nobody always comes after the same one.
    for (const name of round % 2 === 0 ? names : names.toReversed()) measured[name].push(await things[name](round));
  }
  return measured;
}

/** Work that waited for the machine in the last minute, beside what it has: above the cores, others were at work too. */
export const loadAverage = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;
