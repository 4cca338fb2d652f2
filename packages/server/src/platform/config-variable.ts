import { isIP } from "node:net";
import { z } from "zod";

export type Required = "never" | "production";
export interface Variable<T> {
  readonly section: string;
  readonly description: string;
  readonly secret?: boolean;
  readonly required?: Required;
  /** As it would be written in the environment; null: unset. */
  readonly default: string | null;
  readonly example?: string;
  readonly read: z.ZodType<T, string>;
}

export const variable = <T>(shape: Variable<T>): Variable<T> => shape;
export const text = z.string().min(1);
export const whole = (min: number, max: number) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().int().min(min).max(max));
export const flag = z.enum(["true", "false"], "must be true or false").transform((value) => value === "true");
export const oneOf = <const V extends readonly [string, ...string[]]>(values: V) => z.enum(values, `must be one of ${values.join(", ")}`);
export const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.join(" or ")}`,
    );
/** `postgresql://user@/db?host=/folder` is no URL by the standard (no host), yet what PostgreSQL's own clients take. */
export const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/[^@/]+@/, "must be postgresql://user:password@host:port/database");
/** Parts between commas; every one must pass. */
export const list = (isRight: (part: string) => boolean, why: string) =>
  z
    .string()
    .transform((value) =>
      value
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    )
    .refine((parts) => parts.every(isRight), why);
/** No patterns: each origin is one that somebody decided to trust. */
export const isOrigin = (part: string): boolean => !part.includes("*") && URL.canParse(part) && new URL(part).origin === part;
/** An address, or a network as address/bits. */
export function isNetwork(part: string): boolean {
  const [address = "", bits, ...more] = part.split("/");
  const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return bitsMax > 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax));
}
