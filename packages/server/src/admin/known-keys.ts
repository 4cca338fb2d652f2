import type { Catalogue, Flag } from "@gatehouse/core";
import { refuse } from "../platform/refuse.ts";

/** @throws Refusal flag_not_found, naming those that there are */
export function knownFlag({ flags }: Pick<Catalogue, "flags">, key: string): Flag {
  return flags.find((flag) => flag.key === key) ?? refuse("flag_not_found", { flag: key, known: flags.map((flag) => flag.key) });
}

/** @throws Refusal limit_not_found, naming those that there are */
export function knownLimit({ limits }: Pick<Catalogue, "limits">, key: string): void {
  if (!Object.hasOwn(limits, key)) refuse("limit_not_found", { limit: key, known: Object.keys(limits) });
}
