import type { Figure } from "../figure.ts";
import type { BenchDatabase, Lab } from "../lab.ts";
import { interleave, type Measurement } from "../method.ts";
import { firstOk } from "../processes/server-process.ts";
import { ratioOf, spreadOf } from "../statistics.ts";

const AIM = { of: "value", at: "most", bound: 600 } as const;

/** From the start of the process to the first 200; the database is up and migrated. */
export const coldStart: Measurement = {
  name: "cold-start",
  what: "from the start of the process to the first 200, with compiled code kept and without",
  async measure(lab, { isQuick }) {
    const database = await lab.database(1000);
    // Fills the cache of compiled code, which Node writes when a process ends.
    await startOnce(lab, database, undefined);
    const ready: Record<"kept" | "anew", number[]> = { kept: [], anew: [] };
    const alive = await interleave(isQuick ? 2 : 5, {
      bare: () => startBare(lab),
      kept: async () => {
        const started = await startOnce(lab, database, undefined);
        ready.kept.push(started.ready);
        return started.alive;
      },
      anew: async () => {
        const started = await startOnce(lab, database, null);
        ready.anew.push(started.ready);
        return started.alive;
      },
    });
    const row = (name: string, milliseconds: readonly number[]): Figure => ({
      name,
      unit: "ms",
      value: spreadOf(milliseconds),
      limit: { name: "ms, bare Fastify", value: spreadOf(alive.bare) },
      ratio: ratioOf(milliseconds, alive.bare),
      aim: AIM,
    });
    return [
      row("start to /healthz, compiled code kept", alive.kept),
      row("start to /readyz, compiled code kept", ready.kept),
      row("start to /healthz, compiled anew", alive.anew),
      row("start to /readyz, compiled anew", ready.anew),
    ];
  },
};

async function startOnce(lab: Lab, database: BenchDatabase, compileCache: null | undefined) {
  const server = await lab.serve(database, compileCache === null ? { compileCache } : {});
  await server.stop();
  return server.started;
}

async function startBare(lab: Lab): Promise<number> {
  const begun = performance.now();
  const { child, port } = await lab.listener("bare-fastify.ts");
  const at = await firstOk(port, "/", () => false);
  await child.stop();
  return at - begun;
}
