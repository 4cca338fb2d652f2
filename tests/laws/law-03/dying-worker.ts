import type { App } from "@gatehouse/server/platform/app";
import type { Stripe, StripeCalls } from "@gatehouse/server/platform/stripe";
import type { Death } from "./lifecycle.ts";

/** What a worker that was killed leaves behind: nothing but what was committed. */
export class Died extends Error {}

/**
 * The parts of a server in a process that dies at a certain point. After that nothing more comes of it: neither a statement nor a request,
 * not even the note that it failed.
 */
export function dyingAt(app: App, death: Death | null): App {
  if (death === null) return app;
  let isDead = false;
  const counts = { transaction: 0, reading: 0 };
  const die = (): never => {
    isDead = true;
    throw new Died(`died ${death.when} ${death.of} ${death.number}`);
  };
  const living = (): void => {
    if (isDead) throw new Died("is dead");
  };
  const meets = (of: Death["of"]): boolean => {
    counts[of] += 1;
    return death.of === of && death.number === counts[of];
  };
  const around = async <T>(of: Death["of"], run: (end: () => void) => Promise<T>): Promise<T> => {
    living();
    const isHere = meets(of);
    if (isHere && death.when === "before") die();
    const result = await run(() => {
      if (isHere && death.when === "within") die();
    });
    if (isHere && death.when !== "before") die();
    living();
    return result;
  };
  return {
    ...app,
    db: {
      ...app.db,
      asSystem: (reason, work) =>
        around("transaction", (end) =>
          app.db.asSystem(reason, async (tx) => {
            const result = await work(tx);
            end();
            return result;
          }),
        ),
      forAccount: (accountId, work) =>
        around("transaction", (end) =>
          app.db.forAccount(accountId, async (tx) => {
            const result = await work(tx);
            end();
            return result;
          }),
        ),
    },
    stripe: { ...app.stripe, calls: async (seconds) => asking(await app.stripe.calls(seconds), around) },
  };
}

/** The parts of a server in a process that hangs after its readings, until it is let go on. @param reached called when it hangs */
export function hangingUntil(app: App, reached: () => void, letGo: Promise<void>): App {
  const hang = async <T>(run: (end: () => void) => Promise<T>): Promise<T> => {
    const result = await run(() => undefined);
    reached();
    await letGo;
    return result;
  };
  return { ...app, stripe: { ...app.stripe, calls: async (seconds) => asking(await app.stripe.calls(seconds), (_of, run) => hang(run)) } };
}

type Around = <T>(of: Death["of"], run: (end: () => void) => Promise<T>) => Promise<T>;

function asking(calls: Awaited<ReturnType<Stripe["calls"]>>, around: Around): StripeCalls {
  return new Proxy(calls, {
    get(target, name, receiver) {
      const call: unknown = Reflect.get(target, name, receiver);
      return typeof call === "function" ? (...given: unknown[]) => around("reading", async () => call(...given)) : call;
    },
  });
}
