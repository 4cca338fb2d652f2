import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openTestDatabase, registerPerson, signIn } from "@gatehouse/testkit";
import { until } from "@gatehouse/testkit/server-process";
import { expect, test } from "vitest";
import { freshHome, gatehouse, on, serve, subjectsTo } from "./resolution-flow.ts";

// Whole processes start and stop; on a busy machine that takes its time.

/** Before anybody is reminded of their address. */
const TWO_DAYS = 2 * 86_400;

test("a fresh sandbox serves, loses nothing to kill -9, and Ctrl-C leaves no process behind", async () => {
  await using place = await freshHome();
  const env = { GATEHOUSE_HOME: place.home };
  const begun = performance.now();
  await using first = await serve(env);
  await first.ready();
  const seconds = (performance.now() - begun) / 1000;
  console.log(`A fresh sandbox was ready after ${seconds.toFixed(1)} s.`);
  await until(() => first.stdout().includes("Ctrl-C stops it"), "the welcome");
  for (const path of ["/sandbox", "/sandbox/mail", "/sandbox/clock", "/api/v1", "/api/docs"])
    expect(first.stdout()).toContain(`${first.baseUrl}${path} `);

  const ada = await registerPerson(first);
  await until(async () => (await subjectsTo(first, ada.email)).length === 1, "the verification mail");
  const subjects = await subjectsTo(first, ada.email);
  await first.ask("/sandbox/clock/advance", { method: "POST", ...json({ days: 2 }) });
  const postmaster = Number.parseInt(readFileSync(join(place.home, "postgres", "postmaster.pid"), "utf8"), 10);
  first.kill("SIGKILL");
  expect(await first.ended).toEqual({ code: null, signal: "SIGKILL" });
  expect(processesIn(place.home)).toContain(postmaster);

  await using second = await serve(env);
  await second.ready();
  expect(await signIn(second, ada)).toMatchObject({ user: { id: ada.user.id }, account: { id: ada.account.id } });
  expect(await subjectsTo(second, ada.email)).toEqual(subjects);
  expect((await second.ask("/sandbox/clock")).body).toMatchObject({ offset_seconds: TWO_DAYS });
  // It took over the database that the first one left, and may stop it for that reason.
  expect(processesIn(place.home)).toContain(postmaster);
  second.kill("SIGINT");
  expect(await second.ended).toEqual({ code: 0, signal: null });
  expect(processesIn(place.home)).toEqual([]);
});

test("a taken port is said in plain words before anything is started", async () => {
  await using place = await freshHome();
  await using other = await anotherProgram();
  const run = await gatehouse({ GATEHOUSE_HOME: place.home, PORT: String(other.port) }, "serve");
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toMatch(new RegExp(`^Port ${other.port} is taken by another program; start with PORT=\\d+ npm start\n$`));
  expect(existsSync(place.home)).toBe(false);
});

test("a second start says that the first one is running, and where", async () => {
  await using place = await freshHome();
  await using elsewhere = await freshHome();
  const database = await openTestDatabase();
  await using running = await serve({ ...on(database), GATEHOUSE_HOME: place.home });
  await running.ready();
  const run = await gatehouse({ GATEHOUSE_HOME: elsewhere.home, PORT: String(running.port) }, "serve");
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toContain(`Gatehouse is already running at ${running.baseUrl}/sandbox; use it, stop it, or start another with PORT=`);
  expect(run.stderr.trim().split("\n")).toHaveLength(1);
  expect(existsSync(elsewhere.home)).toBe(false);
  await running.stop();
  await database.drop();
});

const json = (body: object) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Every process that works in the folder. On systems without /proc nothing is seen. */
function processesIn(folder: string): number[] {
  const real = realpathSync(folder);
  const pids = existsSync("/proc") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  return pids.map(Number).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(real);
    } catch {
      return false; // It ended meanwhile, or is another user's.
    }
  });
}

async function anotherProgram(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.resume().end("hello\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
