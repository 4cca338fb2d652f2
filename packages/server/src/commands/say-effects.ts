import type { EffectSum, NamedAccount } from "@gatehouse/core";
import type { FormerCatalogue } from "../journeys/survey-effects.ts";

/**
 * With what the file was compared, what that does to accounts, and with what else it can be compared, to be read.
 * @param effects null: flags and limits are the same
 * @param others since when other former catalogues were in force
 */
export function sayComparison(
  former: Pick<FormerCatalogue, "inForceFrom"> | null,
  effects: readonly EffectSum[] | null,
  others: readonly Date[],
): string[] {
  const said = effects === null ? [] : sayEffects(effects);
  if (former !== null) {
    const from = `Compared with the catalogue in force from ${former.inForceFrom.toISOString()}`;
    return effects === null ? ["", `${from}: the same flags and limits.`] : ["", `${from}.`, ...said.slice(1)];
  }
  if (others.length === 0) return said;
  return [
    ...said,
    "",
    `Other flags or limits were in force from ${others.map((at) => at.toISOString()).join(", ")}: --since compares with them.`,
  ];
}

export const comparisonAsData = (former: Pick<FormerCatalogue, "inForceFrom"> | null, others: readonly Date[]) => ({
  since: former?.inForceFrom.toISOString() ?? null,
  former: others.map((at) => at.toISOString()),
});

/** What accounts gain and lose, to be read. */
export function sayEffects(sums: readonly EffectSum[]): string[] {
  if (sums.length === 0) return ["", "No account gains or loses anything."];
  return ["", "What it does to accounts:", ...sums.flatMap(saySum)];
}

function saySum(sum: EffectSum): string[] {
  const { plan, kind, key, effect, accounts, above } = sum;
  const many = accounts === 1 ? `1 account ${effect}` : `${accounts} accounts ${effect.slice(0, -1)}`;
  const more = accounts - sum.named.length;
  return [
    `  ${plan ?? "no plan"}, ${kind} ${key}, ${sayValue(sum, sum.before)} -> ${sayValue(sum, sum.after)}: ${many}${sayAbove(above)}`,
    ...sum.named.toSorted(byAbove).map(({ id, name, isAbove }) => `    ${id}  ${name}${isAbove ? " (uses more)" : ""}`),
    ...(more > 0 ? [`    and ${more} more (--all names them)`] : []),
  ];
}

/** They keep what they have. */
const sayAbove = (above: number): string =>
  above === 0 ? "" : `; ${above} of them ${above === 1 ? "uses" : "use"} more than that: kept, but nothing is added`;

const byAbove = (a: NamedAccount, b: NamedAccount): number => Number(b.isAbove) - Number(a.isAbove);

function sayValue({ kind }: EffectSum, value: EffectSum["before"]): string {
  if (value !== null) return JSON.stringify(value);
  return kind === "limit" ? "unlimited" : "none";
}

export const effectAsData = ({ plan, kind, key, effect, before, after, accounts, above, named }: EffectSum) => ({
  plan,
  kind,
  key,
  effect,
  before,
  after,
  accounts,
  above,
  named: named.map(({ id, name, isAbove }) => ({ account_id: id, name, is_above: isAbove })),
});
