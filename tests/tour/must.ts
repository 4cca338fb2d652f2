import { inspect, isDeepStrictEqual } from "node:util";

/** A step came out otherwise than the product promises; the tour stops here. */
export class NotAsItMustBe extends Error {
  readonly what: string;
  readonly expected: string;
  readonly came: string;
  constructor(what: string, expected: string, came: string) {
    super(`${what}: expected ${expected}, came ${came}`);
    this.name = "NotAsItMustBe";
    this.what = what;
    this.expected = expected;
    this.came = came;
  }
}

/** @throws NotAsItMustBe unless both are equal through and through */
export function mustBe(what: string, expected: unknown, came: unknown): void {
  if (!isDeepStrictEqual(expected, came)) throw new NotAsItMustBe(what, show(expected), show(came));
}

/**
 * For what is no plain equality, and for secrets, which are not to be shown.
 * @param expected in words @param came in words or as it is
 * @throws NotAsItMustBe unless `holds`
 */
export function mustHold(what: string, expected: string, came: unknown, holds: boolean): void {
  if (!holds) throw new NotAsItMustBe(what, expected, show(came));
}

/** @throws NotAsItMustBe when there is none */
export function mustExist<T>(what: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new NotAsItMustBe(what, "one", "none");
  return value;
}

const show = (value: unknown): string => (typeof value === "string" ? value : inspect(value, { depth: 6, breakLength: 110 }));
