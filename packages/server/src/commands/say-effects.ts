import type { EffectSum, NamedAccount } from "@gatehouse/core";

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
