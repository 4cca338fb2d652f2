import { rotateSigningKeys } from "../platform/signing-keys.ts";
import type { Command } from "./context.ts";
import { withParts } from "./open-parts.ts";

export const rotateKeys: Command = {
  name: "keys rotate",
  summary: "Publish a new signing key now; it takes over after a day",
  details: "Keys rotate by themselves every 30 days. Tokens of the old key stay good until they expire, so nobody is signed out.",
  positionals: [],
  options: {},
  examples: ["gatehouse keys rotate"],
  run: (context) =>
    withParts(context, async (parts) => {
      const kid = await rotateSigningKeys(parts);
      return { text: `The new key is ${kid}.`, data: { kid } };
    }),
};
