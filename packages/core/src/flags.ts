/** A flag is on or off, or one of some values: a text or a number. */
export type FlagValue = boolean | string | number;

/** A flag of the catalogue. */
export interface Flag {
  readonly key: string;
  /** What it switches, for operators. */
  readonly description: string;
  readonly default: FlagValue;
}

/** What an operator set for one account. */
export interface Override<Value> {
  readonly key: string;
  readonly value: Value;
  readonly reason: string;
  /** The operator; null: the command line. */
  readonly setBy: string | null;
  readonly setAt: Date;
  /** Exclusive; null: until somebody takes it away. */
  readonly expiresAt: Date | null;
}

/** Later ones win. */
export const LAYERS = ["flag_default", "plan_default", "account_override"] as const;
export type Layer = (typeof LAYERS)[number];

export interface Resolved<Value> {
  readonly key: string;
  readonly value: Value;
  /** Which layer decided. */
  readonly layer: Layer;
  /** Since when the layer that decided holds; null: as long as the catalogue or the plan does. */
  readonly since: Date | null;
  /** When the answer changes by itself, exclusive; null: only an event changes it. */
  readonly until: Date | null;
  /** Why, where a person decided. */
  readonly reason: string | null;
}

/**
 * What the flag is for an account at `now`: the account's override before the plan's default before the flag's own.
 * @param planValue what the account's plan says; undefined: nothing
 * @param override of this account and flag; one that has expired counts no more
 */
export function resolveFlag(
  flag: Flag,
  planValue: FlagValue | undefined,
  override: Override<FlagValue> | null,
  now: Date,
): Resolved<FlagValue> {
  if (override && holds(override, now)) return fromOverride(override);
  const layer = planValue === undefined ? "flag_default" : "plan_default";
  return { key: flag.key, value: planValue ?? flag.default, layer, since: null, until: null, reason: null };
}

/** Has the override not expired yet? */
export const holds = (override: Pick<Override<unknown>, "expiresAt">, now: Date): boolean =>
  override.expiresAt === null || now < override.expiresAt;

/** An override as the answer that it gives. */
export const fromOverride = <Value>({ key, value, setAt, expiresAt, reason }: Override<Value>): Resolved<Value> => ({
  key,
  value,
  layer: "account_override",
  since: setAt,
  until: expiresAt,
  reason,
});

/** Does this value open what the flag guards? A text or number other than nothing does. */
export const isOn = (value: FlagValue): boolean => value !== false && value !== "" && value !== 0;

/**
 * The lowest public plan on which the flag is on; null: none has it.
 * @param plans with their order in the catalogue and what they say of the flag
 */
export function lowestPlanWith(
  flag: Flag,
  plans: readonly {
    readonly key: string;
    readonly order: number;
    readonly public: boolean;
    readonly features: Readonly<Record<string, FlagValue>>;
  }[],
): string | null {
  const having = plans.filter((plan) => plan.public && isOn(plan.features[flag.key] ?? flag.default));
  return having.toSorted((a, b) => a.order - b.order)[0]?.key ?? null;
}

/** Why is this no value for the flag? Null: it is one. A flag keeps its kind: one that is on or off takes no text. */
export function whyNotFlagValue(flag: Flag, value: unknown): string | null {
  if (typeof value !== typeof flag.default) return `must be a ${typeof flag.default}, as the flag's default is`;
  if (typeof value === "number" && !Number.isFinite(value)) return "must be a finite number";
  if (typeof value === "string" && value.length > 200) return "must have at most 200 characters";
  return null;
}
