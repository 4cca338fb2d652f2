import type { Figure } from "../figure.ts";
import type { Measurement } from "../method.ts";
import { quantile, ratioOf, spreadOf } from "../statistics.ts";

const ACCOUNTS = 1_000;
/** So long each process has answered the member from what it remembers, before they are taken out: far less than an entry lives. */
const WARM_MILLISECONDS = 100;
const AIM_MILLISECONDS = 1000;

/** How long somebody who is taken out of an account is still let in, by the process that does it and by another one. */
export const removal: Measurement = {
  name: "removal",
  what: "from a member's removal to their first refusal, on two API processes that remember them",
  async measure(lab, { isQuick }) {
    const rounds = isQuick ? 15 : 60;
    const database = await lab.database(ACCOUNTS);
    const { owner, members } = await database.population.team(rounds);
    const here = await lab.serve(database, { args: ["serve", "--role", "api"] });
    const there = await lab.serve(database, { args: ["serve", "--role", "api"] });
    const refused: Record<"here" | "there" | "answered", number[]> = { here: [], there: [], answered: [] };
    for (const { id, token } of members) {
      const looks = [here, there].map(({ port }) => untilRefused(port, token));
      await Promise.all(looks.map(({ warm }) => warm));
      const sent = performance.now();
      await ask(here.port, `/accounts/me/members/${id}`, owner, 204, "DELETE");
      refused.answered.push(performance.now() - sent);
      const [first = Number.NaN, second = Number.NaN] = await Promise.all(looks.map((look) => look.refused));
      refused.here.push(first - sent);
      refused.there.push(second - sent);
    }
    await here.stop();
    await there.stop();
    const line = (name: string, values: readonly number[], note?: string): Figure => ({
      name,
      unit: "ms",
      value: spreadOf(values),
      limit: { name: "ms, the answer to the removal", value: spreadOf(refused.answered) },
      ratio: ratioOf(values, refused.answered),
      aim: { of: "value", at: "most", bound: AIM_MILLISECONDS },
      ...(note === undefined ? {} : { note }),
    });
    const latest = refused.there.map((value, round) => Math.max(value, refused.here[round] ?? 0));
    const note = `${rounds} removals; from sending the removal, so that its commit lies within`;
    return [
      line("removed to first refusal, same process", refused.here),
      line("removed to first refusal, other process", refused.there),
      { ...line("removed to first refusal, the slowest of all", latest, note), value: spreadOf([quantile(latest, 1)]) },
    ];
  },
};

/** Asks again and again as the member, over one connection. @returns when it has been let in for long enough, and when it first was not */
function untilRefused(port: number, token: string): { warm: Promise<void>; refused: Promise<number> } {
  const warm = Promise.withResolvers<void>();
  const look = async (): Promise<number> => {
    const begun = performance.now();
    for (;;) {
      const status = await ask(port, "/me", token, null);
      const now = performance.now();
      if (status === 401) {
        // Once out is out: what was remembered does not come back.
        for (let again = 0; again < 20; again += 1) await ask(port, "/me", token, 401);
        return now;
      }
      if (status !== 200) throw new Error(`GET /me answers ${status}`);
      if (now - begun > WARM_MILLISECONDS) warm.resolve();
    }
  };
  return { warm: warm.promise, refused: look() };
}

/** @param expected null: any status. @throws Error for another one */
async function ask(port: number, path: string, token: string, expected: number | null, method = "GET"): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  await answer.arrayBuffer();
  if (expected !== null && answer.status !== expected) throw new Error(`${method} ${path}: ${answer.status} instead of ${expected}`);
  return answer.status;
}
