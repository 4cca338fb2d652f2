import { expect, test } from "vitest";
import { longFunctions } from "./function-lengths.ts";
import { breaches, sqlBreaches } from "./house.ts";
import { readSource } from "./source-text.ts";

const server = "packages/server/src";
const lines = (count: number, line = "  go();"): string => `${line}\n`.repeat(count);

/** The house of these files, with nobody allowed to call asSystem. */
const look = (files: Record<string, string>): string[] => breaches(new Map(Object.entries(files)), []);

test.each<[kind: string, file: string, text: string, why: string]>([
  ["core imports another room", "packages/core/src/a.ts", `import { x } from "@gatehouse/contract";`, "core may not import contract"],
  ["core imports a package", "packages/core/src/a.ts", `import { z } from "zod";`, "core may not import zod"],
  ["core imports Node", "packages/core/src/a.ts", `import { join } from "node:path";`, "core may not import node:path"],
  ["core's test imports the server", "packages/core/src/a.test.ts", `import { x } from "@gatehouse/server";`, "core may not import server"],
  ["core uses a global of Node", "packages/core/src/a.ts", "export const on = process.platform;", "core is pure"],
  ["core uses Buffer", "packages/core/src/a.ts", "export const on = Buffer.alloc(1);", "core is pure"],
  ["contract imports the server", "packages/contract/src/a.ts", `import "@gatehouse/server";`, "contract may not import server"],
  ["contract imports fastify", "packages/contract/src/a.ts", `import type { F } from "fastify";`, "contract may not import fastify"],
  [
    "client imports the server",
    "packages/client/src/a.ts",
    `export { x } from "@gatehouse/server/platform/db";`,
    "client may not import platform",
  ],
  ["client imports Node", "packages/client/src/a.ts", `import "node:fs";`, "client may not import node:fs"],
  ["sandbox imports core", "packages/sandbox/src/a.ts", `import { x } from "@gatehouse/core";`, "sandbox may not import core"],
  ["platform imports a floor above", `${server}/platform/a.ts`, `import { x } from "../access/b.ts";`, "platform may not import access"],
  ["platform imports the composition", `${server}/platform/a.ts`, `import { x } from "../server.ts";`, "platform may not import server"],
  ["access imports a sibling", `${server}/access/a.ts`, `import { x } from "../billing/b.ts";`, "access may not import billing"],
  ["a sibling imports a sibling", `${server}/identity/a.ts`, `import { x } from "../accounts/b.ts";`, "identity may not import accounts"],
  [
    "by its package name",
    `${server}/identity/a.ts`,
    `import { x } from "@gatehouse/server/accounts/b";`,
    "identity may not import accounts",
  ],
  ["at run time", `${server}/sales/a.ts`, `const x = await import("../billing/b.ts");`, "sales may not import billing"],
  ["by exporting from it", `${server}/sales/a.ts`, `export * from "../billing/b.ts";`, "sales may not import billing"],
  ["over many lines", `${server}/sales/a.ts`, `import {\n  x,\n} from "../billing/b.ts";`, "sales may not import billing"],
  ["journeys import the operator's side", `${server}/journeys/a.ts`, `import "../admin/b.ts";`, "journeys may not import admin"],
  ["mail imports identity", `${server}/mail/a.ts`, `import "../identity/b.ts";`, "mail may not import identity"],
  ["a package imports an app", `${server}/server.ts`, `import "../../../apps/other/api/src/b.ts";`, "server may not import api"],
  [
    "an app reaches into a sibling",
    "apps/resolutionflow/api/src/a.ts",
    `import "@gatehouse/server/identity/b";`,
    "api may not import identity",
  ],
  ["a room that nobody placed", `${server}/cellar/a.ts`, "", "cellar is no room of the house"],
  ["the system clock", `${server}/access/a.ts`, "export const now = new Date();", "ask the clock"],
  ["the system clock in a test", `${server}/access/a.test.ts`, "const now = Date.now();", "ask the clock"],
  ["randomness", "packages/sandbox/src/a.ts", "export const id = crypto.randomUUID();", "ask ids"],
  ["the environment", "apps/resolutionflow/api/src/main.ts", "const port = process.env.PORT;", "ask config"],
  ["the environment, taken apart", `${server}/platform/a.ts`, "const { env } = process;", "ask config"],
  ["the environment, imported", `${server}/platform/a.ts`, `import { env } from "node:process";`, "for config alone"],
  ["a query outside a store", `${server}/identity/login.ts`, `tx.selectFrom("users")`, "SQL lives in a store"],
  ["raw SQL outside a store", "apps/resolutionflow/api/src/a.ts", "await sql<{ n: number }>`select 1`", "SQL lives in a store"],
  ["the whole database", `${server}/identity/login.ts`, `db.asSystem("why", f)`, "AS_SYSTEM"],
  ["the whole database, typed", `${server}/identity/login.ts`, `db.asSystem<User>("why", f)`, "AS_SYSTEM"],
  ["Stripe outside its adapter", `${server}/billing/a.ts`, `import Stripe from "stripe";`, "platform/stripe.ts"],
  ["nodemailer outside its adapter", `${server}/identity/a.ts`, `import { x } from "nodemailer";`, "platform/mail.ts"],
  ["pg outside platform", `${server}/billing/a.ts`, `import pg from "pg";`, "platform/db.ts"],
  ["pg-boss outside its adapter", `${server}/platform/db.ts`, `import { PgBoss } from "pg-boss";`, "platform/jobs.ts"],
  ["the product's name in a package", "packages/sandbox/src/a.ts", `const title = "ResolutionFlow";`, "packages know no product"],
  ["select *", `${server}/billing/a.store.ts`, "sql`select * from plans`", "name the columns"],
  ["selectAll", `${server}/billing/a.store.ts`, "tx.selectAll()", "name the columns"],
  ["a skipped test", "tests/laws/a.test.ts", `test.skip("x", f)`, "skipped or focused"],
  ["a focused test", "packages/core/src/a.test.ts", `describe.only("x", f)`, "skipped or focused"],
  ["a focused table of tests", "packages/core/src/a.test.ts", `test.only.each([])("x", f)`, "skipped or focused"],
  ["a silenced check", "packages/core/src/a.ts", "// @ts-expect-error", "silenced"],
  ["a long file", "tests/a.ts", lines(301), "over 300 lines"],
  ["a long test file", "packages/core/src/a.test.ts", lines(301), "over 300 lines"],
  ["a vague file", "packages/core/src/utils.ts", "", "refuses nothing"],
  ["a vague folder", `${server}/identity/helpers/a.ts`, "", "refuses nothing"],
  ["a barrel within", `${server}/identity/index.ts`, "", "barrel"],
  ["a long function", "bench/a.ts", `export function a(): void {\n${lines(59)}}`, "a function of 61 lines at line 1"],
])("reports %s: %s", (_, file, text, why) => {
  const found = look({ [file]: text });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${file}: `);
  expect(found[0]).toContain(why);
});

test("reports files that import each other in a circle, through the package's name too", () => {
  const found = look({
    [`${server}/platform/a.ts`]: `import type { B } from "./b.ts";`,
    [`${server}/platform/b.ts`]: `import { c } from "@gatehouse/server/platform/c";`,
    [`${server}/platform/c.ts`]: `export { a } from "./a.ts";`,
  });
  expect(found).toEqual([expect.stringMatching(/circle .*platform\/a\.ts -> .*b\.ts -> .*c\.ts -> .*a\.ts$/)]);
});

test("a file that may read as the system is let through, and one that is listed and gone is reported", () => {
  const file = `${server}/identity/login.ts`;
  const files = new Map([[file, `db.asSystem("nobody is known yet", f)`]]);
  expect(breaches(files, [file])).toEqual([]);
  expect(breaches(files, [file, "gone.ts"])).toEqual(["gone.ts: is listed in AS_SYSTEM and does not exist"]);
});

test("a house in order passes", () => {
  expect(
    look({
      "packages/core/src/time.ts":
        "/** process.env, new Date() and resolutionflow in a comment */\nexport const day = (n: number) => new Date(n);",
      "packages/core/src/time.test.ts": `import { test } from "vitest";\nimport fc from "fast-check";\nimport { day } from "./time.ts";`,
      "packages/contract/src/a.ts": `import { z } from "zod";\nimport { day } from "@gatehouse/core";`,
      "packages/sandbox/src/mail.test.ts": `import { createTransport } from "nodemailer";\nimport pg from "pg";`,
      [`${server}/platform/clock.ts`]: "export const wall = () => new Date();",
      [`${server}/platform/ids.ts`]: `import { randomBytes } from "node:crypto";\nexport const id = randomBytes(16);`,
      [`${server}/platform/config.ts`]: "export const environment = () => process.env;",
      [`${server}/platform/db.ts`]: `import pg from "pg";\nexport const db = { asSystem(reason: string) {} };`,
      [`${server}/platform/jobs.ts`]: `import { PgBoss } from "pg-boss";`,
      [`${server}/platform/mail.ts`]: `import { createTransport } from "nodemailer";`,
      [`${server}/identity/users.store.ts`]: `const sum = sql\`select count(*) from "users"\`;`,
      [`${server}/identity/login.ts`]: `import { now } from "../access/a.ts";\nconst say = "ask asSystem(now) or new Date()";`,
      [`${server}/identity/login.test.ts`]: `import { openDatabase } from "@gatehouse/testkit";`,
      [`${server}/server.ts`]: `import "./identity/login.ts";\nimport "./journeys/register.ts";`,
      "apps/resolutionflow/api/src/main.ts": `import { serve } from "@gatehouse/server";\nimport { x } from "@gatehouse/sandbox";`,
      "tests/laws/a.test.ts": `import "../../apps/resolutionflow/api/src/main.ts";\nawait db.asSystem("look", (tx) => tx.selectFrom("users"));`,
      "scripts/a.ts": `import "@gatehouse/server/identity/login";\nconst began = Date.now();`,
    }),
  ).toEqual([]);
});

test("reading no file is an error, not a pass", () => {
  expect(() => look({})).toThrow("read no file");
});

test.each([
  ["reads the clock", "create table a (made_at timestamptz not null default now());", 1],
  ["reads the clock by its keyword", "select CURRENT_TIMESTAMP;", 1],
  ["takes every column", "create view v as select * from a;", 1],
  ["says so only in a comment", "-- not now()\nselect id from a;", 0],
])("SQL that %s", (_, text, count) => {
  expect(sqlBreaches(new Map([["a.sql", text]]))).toHaveLength(count);
});

const head = (text: string): string[] => longFunctions(readSource(text).code, 60, false);
const body = lines(60);

test.each([
  ["a function with a type of braces before its body", `function a(): { open: boolean } {\n${body}}`],
  ["a function with a generic type of braces", `function a(): Promise<{ open: boolean }> {\n${body}}`],
  ["an async method", `class A {\n  async run(a: string): Promise<void> {\n${body}  }\n}`],
  ["an arrow", `const a = async (b: string) => {\n${body}};`],
])("a long function is seen: %s", (_, text) => expect(head(text)).toHaveLength(1));

test.each([
  ["of sixty lines", `function a() {\n${lines(58)}}`],
  ["that is a call with a long argument", `  call(() => [\n${lines(80, "    1,")}  ]);`],
  ["whose braces stand in strings", `function a() {\n  return "{" + \`{\${b({})}{\` + /[/{]{/.source;\n}\n${lines(80)}`],
  ["that is only declared", `interface A {\n  run(a: string): void;\n  more: {\n${lines(80, "    a: string;")}  };\n}`],
])("what is no long function passes: one %s", (_, text) => expect(head(text)).toEqual([]));
