import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let database: TestDatabase;
let env: Record<string, string>;
beforeAll(async () => {
  database = await openTestDatabase();
  env = { ...environmentOf(database), PORT: "0", LOG_LEVEL: "silent", BASE_URL: "https://app.example.com" };
});
afterAll(() => database.drop());

const stopAtOnce = { untilStopped: () => Promise.resolve() };

test("with --json each step of a server's life is a line of JSON", async () => {
  const run = await runCommand("serve --json", env, stopAtOnce);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const lines = run.stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: "started", role: "all", base_url: "https://app.example.com", sandbox: false },
    { event: "stopping" },
    { event: "stopped" },
  ]);
});

test("a person reads where it is served, and outside the sandbox nothing of the sandbox", async () => {
  const { stdout } = await runCommand("start", env, stopAtOnce);
  expect(stdout).toContain("https://app.example.com/api/docs");
  expect(stdout).not.toMatch(/sandbox|tour/);
  expect(stdout.endsWith("Stopped.\n")).toBe(true);
});

test("a worker asks for no port", async () => {
  const assertPortFree = (): Promise<void> => Promise.reject(new Error("Port 4000 is taken"));
  expect(await runCommand("serve --role worker", env, { ...stopAtOnce, assertPortFree })).toMatchObject({ code: 0 });
  expect(await runCommand("serve --role api", env, { ...stopAtOnce, assertPortFree })).toEqual({
    code: 1,
    stdout: "",
    stderr: "Port 4000 is taken\n",
  });
});
