import { codesOf, errors, operationId, pathParameters, routes } from "@gatehouse/contract";
import { openTestServer, type TestServer } from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test } from "vitest";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: string[];
  readonly security: object[];
  readonly parameters: { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { required: boolean; content: Record<string, { schema: object }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly servers: { url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

let server: TestServer;
let document: Document;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  document = JSON.parse((await server.request("GET", "/api/openapi.json")).text);
});
afterAll(() => server.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
  );

/** Every object of the document, however deep. */
function* everyObject(value: unknown): Generator<Record<string, unknown>> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield Object.fromEntries(Object.entries(value));
  for (const inner of Object.values(value)) yield* everyObject(inner);
}

test("the document is an OpenAPI 3.1 document, with a title, a version, a server and a way to sign in", () => {
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  expect(document.info.title).not.toBe("");
  expect(document.servers).toEqual([{ url: server.app.config.baseUrl }]);
  expect(document.components.securitySchemes).toMatchObject({ session: { type: "http", scheme: "bearer" } });
  expect(Object.keys(document).sort()).toEqual(["components", "info", "openapi", "paths", "servers"]);
});

test("every reference leads to a schema, and every schema is referred to", () => {
  const named = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  const used = [...everyObject(document)].flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []));
  expect([...new Set(used)].sort()).toEqual(named.sort());
});

test("no schema keeps what only its maker understands: $defs, $schema, an id, or an empty way out", () => {
  for (const found of everyObject(document)) {
    for (const key of ["$defs", "$schema", "~standard"]) expect(Object.keys(found)).not.toContain(key);
  }
  for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
});

test("every operation has an id of its own, a summary and a heading", () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operation } of operations()) {
    expect(operation.operationId).toMatch(/^[a-z0-9_]+$/);
    expect(operation.summary.length).toBeGreaterThan(4);
    expect(operation.tags).toHaveLength(1);
  }
});

test("every parameter of a path is declared, required, and no other is", () => {
  for (const { path, operation, name } of operations()) {
    const declared = operation.parameters.filter((parameter) => parameter.in === "path");
    expect(
      declared.map((parameter) => parameter.name),
      name,
    ).toEqual(pathParameters(path));
    expect(
      declared.every(({ required }) => required),
      name,
    ).toBe(true);
    const places = operation.parameters.map((parameter) => `${parameter.in}.${parameter.name}`);
    expect(new Set(places).size, name).toBe(places.length);
  }
});

/** Where only a mail may lead on, 202 says so. */
const accepting = ["post /api/v1/auth/register", "post /api/v1/auth/{provider}/callback"];

test("every answer is described, successes with their schema and refusals with their codes", () => {
  const catalogue: Record<string, { status: number }> = { ...errors, ...resolutionFlow.errors };
  for (const { operation, name } of operations()) {
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.filter((status) => /^2\d\d$/.test(status)),
      name,
    ).toHaveLength(accepting.includes(name) ? 2 : 1);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(description, `${name} ${status}`).not.toBe("");
      if (status === "204") expect(content).toBeUndefined();
      else if (status.startsWith("2")) expect(Object.keys(content ?? {}).length).toBeGreaterThan(0);
      else expect(content).toEqual({ "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } });
      for (const [, code] of status.startsWith("2") ? [] : description.matchAll(/`(\w+)`:/g)) {
        expect(String(catalogue[code ?? ""]?.status), `${name} ${code}`).toBe(status);
      }
    }
  }
});

test("what needs a session says so, and what is guarded can refuse with 402 and 403", () => {
  for (const route of routes) {
    const operation = document.paths[`/api/v1${route.path}`]?.[route.method.toLowerCase()];
    expect(operation?.operationId).toBe(operationId(route));
    expect(operation?.security).toEqual(route.auth === "session" ? [{ session: [] }] : []);
    expect(Object.keys(operation?.responses ?? {}).includes("401")).toBe(
      route.auth === "session" || codesOf(route).some((code) => (errors as Record<string, { status: number }>)[code]?.status === 401),
    );
  }
  for (const { path, operation, name } of operations()) {
    if (/^\/api\/v1\/(trees|sessions)\b/.test(path))
      expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(["401", "402", "403"]));
  }
});

test("every route that is served under the API is in the document, and nothing else is", () => {
  const served = servedRoutes(server.http.printRoutes({ commonPrefix: false })).filter((route) => route.includes(" /api/v1/"));
  const documented = operations().map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`);
  expect(served.sort()).toEqual(documented.sort());
});

test("the page to browse it answers, with nothing from elsewhere and its own policy for scripts", async () => {
  const page = await server.request("GET", "/api/docs");
  expect(page.status).toBe(200);
  expect(page.headers["content-type"]).toContain("text/html");
  expect(page.headers["content-security-policy"]).toMatch(/default-src/);
  expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
});

/** `GET /a/:id` for each line of Fastify's drawing of its routes. */
function servedRoutes(drawing: string): string[] {
  const trail: string[] = [];
  return drawing.split("\n").flatMap((line) => {
    const read = /^(?<indent>[\s│]*)[├└]── (?<part>[^ ]*)(?: \((?<methods>[A-Z, ]+)\))?/.exec(line)?.groups;
    if (!read) return [];
    trail.length = (read["indent"] ?? "").length / 4;
    trail.push(read["part"] ?? "");
    const methods = (read["methods"] ?? "").split(", ").filter((method) => method !== "" && method !== "HEAD");
    return methods.map((method) => `${method} ${trail.join("")}`);
  });
}
