import { z } from "zod";
import type { Figure } from "../figure.ts";
import type { Lab } from "../lab.ts";
import { type Effort, interleave, type Measurement } from "../method.ts";
import { ratioOf, type Spread, spreadOf } from "../statistics.ts";

const ACCOUNTS = 1_000;

/** What flags and limits add to a request: resolving them, and counting a use up. */
export const flags: Measurement = {
  name: "flags",
  what: "flags, limits and access resolved beside an OpenFeature in-memory provider; a limit consumed on one counter and on 1,000",
  async measure(lab, effort) {
    return [...(await resolving(lab, effort)), ...(await consuming(lab, effort))];
  },
};

const LINES = [
  ["kept", "a flag, kept with the session's facts"],
  ["features", "all flags, resolved anew"],
  ["everything", "access, all flags and all limits, resolved anew"],
  ["ours", "a flag through OpenFeature, our provider"],
] as const;
type Timed = (typeof LINES)[number][0] | "inMemory";

async function resolving(lab: Lab, { isQuick }: Effort): Promise<Figure[]> {
  const child = await lab.child("resolving.ts");
  const bytes = new Map<string, number[]>();
  const ask = (what: Timed) => async (): Promise<number> => {
    const answer = await child.ask({ what, milliseconds: isQuick ? 200 : 600 }, z.object({ microseconds: z.number(), bytes: z.number() }));
    bytes.set(what, [...(bytes.get(what) ?? []), answer.bytes]);
    return answer.microseconds;
  };
  const times = await interleave<Timed>(isQuick ? 3 : 7, {
    inMemory: ask("inMemory"),
    kept: ask("kept"),
    features: ask("features"),
    everything: ask("everything"),
    ours: ask("ours"),
  });
  await child.stop();
  const bytesOf = (what: Timed): Spread => spreadOf(bytes.get(what) ?? []);
  return LINES.map(([what, name]) => ({
    name,
    unit: "us",
    value: spreadOf(times[what]),
    limit: { name: "us, OpenFeature in memory", value: spreadOf(times.inMemory) },
    ratio: ratioOf(times[what], times.inMemory),
    aim: null,
    note: `allocated each: ${bytesOf(what).median.toFixed(0)} bytes; OpenFeature in memory ${bytesOf("inMemory").median.toFixed(0)}`,
  }));
}

async function consuming(lab: Lab, { isQuick }: Effort): Promise<Figure[]> {
  const database = await lab.database(ACCOUNTS);
  const rows = await database.query<{ id: string }>("select id from accounts order by id");
  const many = rows.map(({ id }) => id);
  const one = many.slice(0, 1);
  // What is measured is counting, and not being refused.
  await database.query(
    "insert into account_limit_overrides (account_id, limit_key, value, reason, set_at) select id, 'sessions_per_month', null, 'bench', now() from accounts",
  );
  await database.query(
    "insert into usage_counters (account_id, limit_key, period_start, used) select id, 'bench', 'epoch', 0 from accounts",
  );
  const child = await lab.child("consuming.ts", { DATABASE_URL: database.serverUrl });
  const ask = (how: "consume" | "update", accounts: readonly string[]) => async (): Promise<number> =>
    (await child.ask({ how, accounts, milliseconds: isQuick ? 700 : 2000 }, z.object({ perSecond: z.number() }))).perSecond;
  await ask("consume", many)();
  await ask("update", many)();
  const rates = await interleave(isQuick ? 3 : 5, {
    consumeOne: ask("consume", one),
    updateOne: ask("update", one),
    consumeMany: ask("consume", many),
    updateMany: ask("update", many),
  });
  await child.stop();
  const line = (name: string, consumed: readonly number[], updated: readonly number[]): Figure => ({
    name,
    unit: "/s",
    value: spreadOf(consumed),
    limit: { name: "bare updates/s of as many rows", value: spreadOf(updated) },
    ratio: ratioOf(consumed, updated),
    aim: null,
  });
  return [
    line("a limit consumed, one hot counter", rates.consumeOne, rates.updateOne),
    line("a limit consumed, 1,000 counters", rates.consumeMany, rates.updateMany),
  ];
}
