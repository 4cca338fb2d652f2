import { adminOverrides } from "@gatehouse/contract";
import type { Flag, FlagValue } from "@gatehouse/core";
import { featureOverrides, limitOverrides, type OverrideTable } from "../access/override-edits.store.ts";
import { type ListedOverride, listOverrides } from "../admin/account-detail.store.ts";
import { knownFlag } from "../admin/known-keys.ts";
import { type AccountSetting, presentSetting, readFeature, readLimit } from "../admin/read-override.ts";
import { type OverrideEdit, removeOverride, type Setting, setFeature, setLimit } from "../admin/set-override.ts";
import { presentOverride } from "../admin/show-account.ts";
import { UserError } from "../cli-error.ts";
import type { Tx } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import { onAccount, withPolicy } from "./accounts.ts";
import { AT_COMMAND_LINE, type Command, type CommandContext, type CommandResult, type OptionValues } from "./context.ts";
import { instantOption, limitWord, reasonOption, requiredVersion, versionOption } from "./read-options.ts";

const REASON = "an operator looks after an account that is not theirs";
const reason = { type: "string", description: "Why, for the audit of the account; required" } as const;
const setting = {
  until: { type: "string", description: "When it ends, with its zone; without it, when it is taken away" },
  version: { type: "string", description: "Of what is set now, as it was shown; without it, nothing may be set" },
  reason,
} as const;
const seen = { version: { type: "string", description: "Of what is set now, as it was shown; required" }, reason } as const;

type Parts = ReturnType<typeof withPolicy>;
type Value = FlagValue | null;

export const accountFlags: Command = {
  name: "account flags",
  summary: "Show what each flag is for an account, which layer decides it, and what was set",
  positionals: ["ACCOUNT"],
  options: { flag: { type: "string", description: "only this one" } },
  examples: ["gatehouse account flags analytical-engines-0123456789", "gatehouse account flags ada@example.com --flag sso --json"],
  run: (context, [named = ""], { flag }) =>
    within(context, named, async (parts, tx, accountId) => {
      const keys = typeof flag === "string" ? [flag] : parts.catalogue.flags.map(({ key }) => key);
      const set = typeof flag === "string" ? [] : (await listOverrides(tx, accountId)).features;
      return listed(parts, keys, set, (key) => readFeature(tx, parts, accountId, key));
    }),
};

export const accountSetFlag: Command = {
  name: "account set-flag",
  summary: "Set a flag for one account, over what its plan says",
  details: "VALUE is of the kind that the flag's default is: true or false, a number, or a text. gatehouse feature flags shows them.",
  positionals: ["ACCOUNT", "FLAG", "VALUE"],
  options: setting,
  examples: [
    "gatehouse account set-flag ada@example.com sso true --until 2027-01-01T00:00:00Z --reason 'pilot, ticket 17'",
    "gatehouse account set-flag ada@example.com support_hours 4 --version 1 --reason 'contract 12'",
  ],
  run: (context, [named = "", key = "", text = ""], options) =>
    set(context, { named, key, options, shownBy: "account flags" }, async (parts, tx, by, wish) => {
      const value = flagWord(knownFlag(parts.catalogue, key), text);
      await setFeature(tx, parts, by, { ...wish, value });
      return readFeature(tx, parts, wish.accountId, key);
    }),
};

export const accountUnsetFlag: Command = {
  name: "account unset-flag",
  summary: "Take away what was set of a flag: the account has what its plan says",
  details: "Also of a flag that has left the catalogue.",
  positionals: ["ACCOUNT", "FLAG"],
  options: seen,
  examples: ["gatehouse account unset-flag ada@example.com sso --version 1 --reason 'the pilot is over'"],
  run: (context, [named = "", key = ""], options) => unset(context, featureOverrides, { named, key, options, shownBy: "account flags" }),
};

export const accountLimits: Command = {
  name: "account limits",
  summary: "Show what each limit is for an account, which layer decides it, and what was set",
  positionals: ["ACCOUNT"],
  options: { limit: { type: "string", description: "only this one" } },
  examples: ["gatehouse account limits analytical-engines-0123456789", "gatehouse account limits ada@example.com --limit seats --json"],
  run: (context, [named = ""], { limit }) =>
    within(context, named, async (parts, tx, accountId) => {
      const keys = typeof limit === "string" ? [limit] : Object.keys(parts.catalogue.limits);
      const set = typeof limit === "string" ? [] : (await listOverrides(tx, accountId)).limits;
      return listed(parts, keys, set, (key) => readLimit(tx, parts, accountId, key));
    }),
};

export const accountSetLimit: Command = {
  name: "account set-limit",
  summary: "Set a limit for one account, over what its plan says",
  details: "VALUE is a whole number, or unlimited. Who stands above a lowered limit keeps what they have.",
  positionals: ["ACCOUNT", "LIMIT", "VALUE"],
  options: setting,
  examples: [
    "gatehouse account set-limit ada@example.com seats 25 --until 2027-01-01T00:00:00Z --reason 'a fair, ticket 17'",
    "gatehouse account set-limit ada@example.com seats unlimited --version 1 --reason 'contract 12'",
  ],
  run: (context, [named = "", key = "", text = ""], options) => {
    const value = limitWord(text);
    return set(context, { named, key, options, shownBy: "account limits" }, async (parts, tx, by, wish) => {
      await setLimit(tx, parts, by, { ...wish, value });
      return readLimit(tx, parts, wish.accountId, key);
    });
  },
};

export const accountUnsetLimit: Command = {
  name: "account unset-limit",
  summary: "Take away what was set of a limit: the account has what its plan says",
  details: "Also of a limit that has left the catalogue.",
  positionals: ["ACCOUNT", "LIMIT"],
  options: seen,
  examples: ["gatehouse account unset-limit ada@example.com seats --version 1 --reason 'the fair is over'"],
  run: (context, [named = "", key = ""], options) => unset(context, limitOverrides, { named, key, options, shownBy: "account limits" }),
};

/** What was typed of one flag or limit. @param shownBy the command that shows its version */
interface Typed {
  readonly named: string;
  readonly key: string;
  readonly options: OptionValues;
  readonly shownBy: string;
}
const actOf = (options: OptionValues) => ({ userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") });

function within(
  context: CommandContext,
  named: string,
  work: (parts: Parts, tx: Tx, accountId: string) => Promise<CommandResult>,
): Promise<CommandResult> {
  return onAccount(context, named, (parts, accountId) => parts.db.asSystem(REASON, (tx) => work(withPolicy(parts), tx, accountId)));
}

function set<Kept extends Value>(
  context: CommandContext,
  { named, key, options, shownBy }: Typed,
  work: (parts: Parts, tx: Tx, by: ReturnType<typeof actOf>, wish: Omit<Setting<Kept>, "value">) => Promise<AccountSetting<Kept>>,
): Promise<CommandResult> {
  const [by, expiresAt, readVersion] = [actOf(options), instantOption(options, "until"), versionOption(options)];
  return within(context, named, async (parts, tx, accountId) => {
    const done = await work(parts, tx, by, { accountId, key, readVersion, expiresAt }).catch((error: unknown) => {
      const isSet = error instanceof Refusal && error.code === "edited_meanwhile" && readVersion === null;
      if (!isSet) throw error;
      const version = `--version ${error.details["version"]}`;
      throw new UserError(`It is set already: see gatehouse ${shownBy}, and say ${version} to set it anew. Nothing was changed.`);
    });
    return { text: saySetting(parts, done), data: presentSetting(done, parts.clock.now()) };
  });
}

function unset<Kept>(context: CommandContext, table: OverrideTable<Kept>, { named, key, options, shownBy }: Typed): Promise<CommandResult> {
  const [by, readVersion] = [actOf(options), requiredVersion(options, shownBy)];
  return within(context, named, async (parts, tx, accountId) => {
    const edit: OverrideEdit = { accountId, key, readVersion };
    await removeOverride(tx, parts, by, table, edit);
    return {
      text: `Nothing is set of ${key} any more: the account has what its plan says.`,
      data: { account_id: accountId, key, removed: true },
    };
  });
}

/** @param set what operators set of the kind, whatever the catalogue has */
async function listed<Kept extends Value>(
  parts: Parts,
  keys: readonly string[],
  set: readonly ListedOverride[],
  read: (key: string) => Promise<AccountSetting<Kept>>,
): Promise<CommandResult> {
  const items: AccountSetting<Kept>[] = [];
  for (const key of keys) items.push(await read(key));
  const gone = set.filter(({ key }) => !keys.includes(key)).map(presentOverride);
  const lines = [
    ...items.map((item) => saySetting(parts, item)),
    ...gone.map(({ key, version }) => `${key}  is set in version ${version}, and is not in the catalogue any more`),
  ];
  const now = parts.clock.now();
  return {
    text: lines.length === 0 ? "The catalogue has none." : lines.join("\n"),
    data: { items: items.map((item) => presentSetting(item, now)), not_in_catalogue: gone },
  };
}

function saySetting<Kept extends Value>(parts: Parts, of: AccountSetting<Kept>): string {
  const { key, value, layer, override } = presentSetting(of, parts.clock.now());
  const is = `${key}  ${value ?? "unlimited"}  ${layer}`;
  if (override === null) return is;
  const end = override.expires_at === null ? "" : `, ${override.is_expired ? "until it ended at" : "until"} ${override.expires_at}`;
  return `${is}  set to ${override.value ?? "unlimited"}${end}, version ${override.version} (${override.reason})`;
}

/** A flag's value as it is typed. @throws UserError when it is not of the flag's kind */
function flagWord({ key, default: usual }: Flag, text: string): FlagValue {
  const not = `, not ${JSON.stringify(text)}.`;
  switch (typeof usual) {
    case "boolean":
      if (text !== "true" && text !== "false") throw new UserError(`${key} is true or false${not}`);
      return text === "true";
    case "number":
      if (!/^-?\d{1,300}(\.\d{1,300})?$/.test(text)) throw new UserError(`${key} is a number${not}`);
      return Number(text);
    default:
      if (!adminOverrides.setAccountFlag.body.shape.value.safeParse(text).success)
        throw new UserError(`${key} is plain text of at most 200 characters${not}`);
      return text;
  }
}
