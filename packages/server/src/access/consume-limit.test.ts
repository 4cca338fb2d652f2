import { route } from "@gatehouse/contract";
import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { serve } from "../platform/serve.ts";
import { type Consumption, consumeLimit, giveBack } from "./consume-limit.ts";

const makeExport = route({
  method: "POST",
  path: "/exports",
  auth: "session",
  tag: "Test",
  summary: "Test",
  status: 201,
  response: z.object({ made: z.boolean() }),
  errors: ["plan_limit_reached"],
});
const product: typeof testProduct = {
  ...testProduct,
  catalogue: catalogueWithFlags,
  routes(http, app) {
    serve(http, app, makeExport, ({ actor, transact }) =>
      transact(async (tx) => {
        await consumeLimit(app, tx, actor.accountId, "exports");
        return { made: true };
      }),
    );
    return Promise.resolve();
  },
  liveCounts: {
    notes: (account) => sql<number>`(select count(*)::int from audit_events where account_id = ${account} and action = 'note.written')`,
  },
};
let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  ada = await registerPerson(server);
});

const within = <T>(work: (tx: Tx) => Promise<T>, person = ada): Promise<T> => server.app.db.forAccount(person.account.id, work);
const take = (key: string, amount?: number, person = ada) =>
  within((tx) => consumeLimit(server.app, tx, person.account.id, key, amount), person);
const back = (consumption: Consumption) => within((tx) => giveBack(server.app, tx, ada.account.id, consumption));
const used = async (key: string): Promise<number[]> => {
  const rows = await server.database.query<{ used: number }>(
    "select used::int from usage_counters where account_id = $1 and limit_key = $2 order by period_start",
    [ada.account.id, key],
  );
  return rows.map((row) => row.used);
};
/** What became of each: how many took, and the codes of those that did not. */
async function outcomes(all: readonly Promise<unknown>[]) {
  const settled = await Promise.allSettled(all);
  const refused = settled.flatMap((one) => (one.status === "rejected" ? [String(Object(one.reason).code ?? one.reason)] : []));
  return { taken: settled.length - refused.length, refused: new Set(refused) };
}
const reached = (limit_key: string, limit: number, usedUp: number, resets_at: string | null = null) => ({
  code: "plan_limit_reached",
  details: { limit_key, limit, used: usedUp, resets_at, mend: { action: "choose_plan", url: "http://gatehouse.localhost:4000/billing" } },
});

describe("what is used up", () => {
  test("of a thousand who come at once for ten, to two processes, exactly ten get one, and every other is told why not", async () => {
    // All connections of both contend all the time; who waits for one must not give up, however busy the machine is.
    const env = { DATABASE_POOL_MAX: "25", DATABASE_WAIT_SECONDS: "60", LOG_LEVEL: "warn" };
    const [one, two] = [await openTestServer({ product, beside: server, env }), await openTestServer({ product, beside: server, env })];
    const come = (_: unknown, place: number) => (place % 2 === 0 ? one : two).request("POST", "/exports", { token: ada.accessToken });
    const answers = await Promise.all(Array.from({ length: 1000 }, come));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body["code"]} ${body["limit"]} ${body["used"]}`))).toEqual(
      new Set(["402 plan_limit_reached 10 10"]),
    );
    expect(await used("exports")).toEqual([10]);
    await Promise.all([one.close(), two.close()]);
  });

  test("several at once are all there or none: the refusal says what was used and when there is more", async () => {
    await take("exports", 8);
    await expect(take("exports", 3)).rejects.toMatchObject(reached("exports", 10, 8, "2026-02-01T00:00:00.000Z"));
    await take("exports", 2);
    await expect(take("exports")).rejects.toMatchObject(reached("exports", 10, 10, "2026-02-01T00:00:00.000Z"));
    expect(await used("exports")).toEqual([10]);
  });

  test("the first use of all can be too many", async () => {
    await expect(take("exports", 11)).rejects.toMatchObject(reached("exports", 10, 0, "2026-02-01T00:00:00.000Z"));
    expect(await used("exports")).toEqual([]);
  });

  test("a month begins anew at its first instant, and the one before stays counted", async () => {
    await plantFacts(server, ada.account.id, { grants: [{ plan: "pro", startsAt: TEST_START, until: null, reason: "" }] });
    await take("exports", 10);
    server.clock.set(new Date("2026-01-31T23:59:59.999Z"));
    await expect(take("exports")).rejects.toMatchObject({ code: "plan_limit_reached" });
    server.clock.set(new Date("2026-02-01T00:00:00.000Z"));
    await take("exports", 4);
    expect(await used("exports")).toEqual([10, 4]);
  });

  test("a lifetime has no next period", async () => {
    await take("searches", 5);
    server.clock.set(addDays(TEST_START, 4000));
    await expect(take("searches")).rejects.toMatchObject(reached("searches", 5, 5));
  });

  test("what failed is rolled back with it", async () => {
    const failing = within(async (tx) => {
      await consumeLimit(server.app, tx, ada.account.id, "exports", 4);
      throw new Error("the export failed");
    });
    await expect(failing).rejects.toThrow("the export failed");
    expect(await used("exports")).toEqual([]);
  });

  test("whoever waits for one who then fails gets what that one had", async () => {
    await take("exports", 9);
    const held = Promise.withResolvers<void>();
    const isTaken = Promise.withResolvers<void>();
    const failing = within(async (tx) => {
      await consumeLimit(server.app, tx, ada.account.id, "exports");
      isTaken.resolve();
      await held.promise;
      throw new Error("the export failed");
    });
    await isTaken.promise;
    const waiting = take("exports");
    held.resolve();
    await expect(failing).rejects.toThrow("the export failed");
    await waiting;
    expect(await used("exports")).toEqual([10]);
  });

  test("each account has its own", async () => {
    const grace = await registerPerson(server);
    await take("exports", 10);
    await take("exports", 10, grace);
    expect(await used("exports")).toEqual([10]);
  });
});

describe("giving back", () => {
  test("makes room again, and never more than was taken", async () => {
    const ten = await take("exports", 10);
    await back({ ...ten, amount: 1 });
    await take("exports");
    await expect(take("exports")).rejects.toMatchObject({ code: "plan_limit_reached" });
    await back(ten);
    await back(ten);
    expect(await used("exports")).toEqual([0]);
  });

  test("a hundred at once, half of whom give theirs back: nothing is lost", async () => {
    await plantOverrides(server, ada.account.id, { limits: { exports: { value: 100 } } });
    await Promise.all(
      Array.from({ length: 100 }, async (_, place) => {
        const consumption = await take("exports");
        if (place % 2 === 0) await back(consumption);
      }),
    );
    expect(await used("exports")).toEqual([50]);
  });

  test("a use of last month makes no room in this one", async () => {
    const january = await take("exports", 3);
    server.clock.set(new Date("2026-02-01T00:00:00.000Z"));
    await take("exports", 5);
    await back(january);
    expect(await used("exports")).toEqual([0, 5]);
  });

  test("of a month in which nothing was used, nothing comes back", async () => {
    await back({ key: "exports", amount: 5, at: TEST_START });
    expect(await used("exports")).toEqual([]);
  });
});

describe("what there is", () => {
  const write = (person = ada) =>
    within(async (tx) => {
      await consumeLimit(server.app, tx, person.account.id, "notes");
      await audit(server.app, tx, {
        accountId: person.account.id,
        actorUserId: person.user.id,
        action: "note.written",
        targetId: null,
        details: {},
        ip: null,
        userAgent: null,
      });
    }, person);

  test("of forty who write a note at once, three can", async () => {
    expect(await outcomes(Array.from({ length: 40 }, () => write()))).toEqual({ taken: 3, refused: new Set(["plan_limit_reached"]) });
    await expect(write()).rejects.toMatchObject(reached("notes", 3, 3));
    expect(await used("notes")).toEqual([]);
  });

  test("where the plan has no limit nobody waits for anybody", async () => {
    await plantFacts(server, ada.account.id, { trial: { plan: "team", startsAt: TEST_START, endsAt: addDays(TEST_START, 9) } });
    expect(await outcomes(Array.from({ length: 8 }, () => write()))).toEqual({ taken: 8, refused: new Set() });
  });

  test("it is given back by being gone", async () => {
    await back(await take("notes"));
    await Promise.all([write(), write(), write()]);
  });
});

describe("which limit counts", () => {
  test("an operator's, until the instant at which it ends", async () => {
    const expiresAt = addDays(TEST_START, 2);
    await plantOverrides(server, ada.account.id, { limits: { searches: { value: 7, expiresAt } } });
    await take("searches", 6);
    server.clock.set(new Date(expiresAt.getTime() - 1));
    await take("searches");
    server.clock.set(expiresAt);
    await expect(take("searches")).rejects.toMatchObject(reached("searches", 5, 7));
  });

  test("none at all, where an operator took it away; it is counted all the same", async () => {
    await plantOverrides(server, ada.account.id, { limits: { exports: { value: null } } });
    await take("exports", 9_000_000_000_000_000);
    await plantOverrides(server, ada.account.id, { limits: {} });
    await expect(take("exports")).rejects.toMatchObject({ details: { limit: 10, used: 9_000_000_000_000_000 } });
  });

  test("nothing, where an operator said so", async () => {
    await plantOverrides(server, ada.account.id, { limits: { exports: { value: 0 }, notes: { value: 0 } } });
    await expect(take("exports")).rejects.toMatchObject({ details: { limit: 0, used: 0 } });
    await expect(take("notes")).rejects.toMatchObject({ details: { limit: 0, used: 0 } });
  });

  test("that of the plan to fall back to, for an account that has nothing", async () => {
    await plantFacts(server, ada.account.id, {});
    await take("exports", 3);
    await expect(take("exports")).rejects.toMatchObject(reached("exports", 3, 3, "2026-02-01T00:00:00.000Z"));
  });
});

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("%d is no amount", async (amount) => {
  await expect(take("exports", amount)).rejects.toThrow(RangeError);
  await expect(back({ key: "exports", amount, at: TEST_START })).rejects.toThrow(RangeError);
});

test.each(["wings", "constructor"])("a limit that the catalogue does not know is a mistake of ours: %s", async (key) => {
  await expect(take(key)).rejects.toThrow(`there is no limit ${key}; there are seats, notes, exports, searches`);
});
