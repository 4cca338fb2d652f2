export interface Plan {
  /** Stable name in code, database and Stripe lookup keys: `pro`, `team`. */
  readonly key: string;
  /** What people read. */
  readonly name: string;
  /** Shown on the pricing page. */
  readonly public: boolean;
  /** Rank: of two plans the higher one is the upgrade. */
  readonly order: number;
  /** By limit key; null is unlimited. Every plan names every limit, so that a missing one is a mistake and never "unlimited". */
  readonly limits: Readonly<Record<string, number | null>>;
}

export interface Catalogue {
  readonly productName: string;
  /** Key of the plan that the trial of a new account runs on. */
  readonly trialPlan: string;
  readonly plans: readonly Plan[];
}

const KEY = /^[a-z][a-z0-9_]{0,62}$/;
const KEY_RULE = "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter";

/**
 * Everything that is wrong with the catalogue, each problem with the place where it is; empty when it is sound.
 * All at once, so that whoever edits a catalogue mends it in one go.
 */
export function whyNotCatalogue(catalogue: Catalogue): readonly string[] {
  const problems: string[] = [];
  if (!isLabel(catalogue.productName)) problems.push("productName: must be a line of 1 to 100 characters");
  if (catalogue.plans.length === 0) problems.push("plans: must have at least one plan");
  if (!catalogue.plans.some((plan) => plan.key === catalogue.trialPlan)) {
    problems.push(`trialPlan: there is no plan ${JSON.stringify(catalogue.trialPlan)}`);
  }
  const limitKeys = [...new Set(catalogue.plans.flatMap((plan) => Object.keys(plan.limits)))].sort();
  catalogue.plans.forEach((plan, index) => {
    const at = `plans[${index}]`;
    problems.push(...problemsOfPlan(plan, at, limitKeys));
    const earlier = catalogue.plans.slice(0, index);
    if (earlier.some((other) => other.key === plan.key))
      problems.push(`${at}.key: ${JSON.stringify(plan.key)} is taken by an earlier plan`);
    if (earlier.some((other) => other.order === plan.order)) problems.push(`${at}.order: ${plan.order} is taken by an earlier plan`);
  });
  for (const key of limitKeys) if (!KEY.test(key)) problems.push(`limit ${JSON.stringify(key)}: its key ${KEY_RULE}`);
  return problems;
}

function problemsOfPlan(plan: Plan, at: string, limitKeys: readonly string[]): string[] {
  const problems: string[] = [];
  if (!KEY.test(plan.key)) problems.push(`${at}.key: ${KEY_RULE}`);
  if (!isLabel(plan.name)) problems.push(`${at}.name: must be a line of 1 to 100 characters`);
  if (!isCount(plan.order)) problems.push(`${at}.order: must be a whole number, 0 or more`);
  for (const key of limitKeys) {
    const limit = Object.hasOwn(plan.limits, key) ? plan.limits[key] : undefined;
    if (limit === undefined) problems.push(`${at}.limits.${key}: is missing (another plan has it); null means unlimited`);
    else if (limit !== null && !isCount(limit)) problems.push(`${at}.limits.${key}: must be null or a whole number, 0 or more`);
  }
  return problems;
}

function isLabel(text: string): boolean {
  // Names reach mail subjects and logs: a control character in one would be a header or a line of somebody else's making.
  return text.trim() === text && text.length >= 1 && text.length <= 100 && !/\p{Cc}/u.test(text);
}

/** Kept in `integer` columns, hence the bound. */
function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 2_147_483_647;
}
