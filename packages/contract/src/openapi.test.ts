import { expect, test } from "vitest";
import { z } from "zod";
import { errors } from "./errors.ts";
import { routes } from "./index.ts";
import { codesOf, openApiDocument, operationId } from "./openapi.ts";
import { pathParameters, type RouteShape, route } from "./route.ts";

const about = { title: "Test", version: "1", server: "http://localhost" };
const documentOf = (...shapes: RouteShape[]) => JSON.parse(JSON.stringify(openApiDocument(shapes, errors, about)));
const base = { method: "GET", path: "/things", auth: "session", tag: "Things", summary: "List things", status: 200, errors: [] } as const;
const thing = z.object({ id: z.uuid() }).meta({ id: "Thing" });

test("a schema with an id stands once among the components, and is pointed to from wherever it is used", () => {
  const one = route({ ...base, response: thing });
  const many = route({ ...base, path: "/all", response: z.object({ items: z.array(thing) }) });
  const document = documentOf(one, many);
  const pointer = { $ref: "#/components/schemas/Thing" };
  expect(Object.keys(document.components.schemas).sort()).toEqual(["Problem", "Thing"]);
  expect(document.components.schemas.Thing).toMatchObject({ type: "object", properties: { id: { type: "string", format: "uuid" } } });
  expect(document.paths["/api/v1/things"].get.responses[200].content["application/json"].schema).toEqual(pointer);
  expect(document.paths["/api/v1/all"].get.responses[200].content["application/json"].schema.properties.items.items).toEqual(pointer);
});

test("a field that is called id is not taken for the name of a schema", () => {
  const document = documentOf(route({ ...base, response: z.object({ id: z.string(), type: z.string() }) }));
  const { properties } = document.paths["/api/v1/things"].get.responses[200].content["application/json"].schema;
  expect(Object.keys(properties)).toEqual(["id", "type"]);
});

test("what is sent is described as it is sent, what is answered as it is answered", () => {
  const shape = route({
    ...base,
    method: "POST",
    body: z.strictObject({ name: z.string().default("x"), size: z.string().transform(Number) }),
    response: z.object({ name: z.string() }),
  });
  const { requestBody } = documentOf(shape).paths["/api/v1/things"].post;
  expect(requestBody.required).toBe(true);
  expect(requestBody.content["application/json"].schema).toMatchObject({
    required: ["size"],
    properties: { size: { type: "string" } },
    additionalProperties: false,
  });
});

test("a body that may be left out says so", () => {
  const shape = route({ ...base, method: "POST", body: z.strictObject({}).optional(), response: thing });
  expect(documentOf(shape).paths["/api/v1/things"].post.requestBody.required).toBe(false);
});

test("parameters of the path, the query and the key for repeating are declared", () => {
  const shape = route({
    ...base,
    method: "DELETE",
    path: "/things/{id}",
    params: z.strictObject({ id: z.uuid() }),
    query: z.strictObject({ limit: z.coerce.number<string>().default(5), cursor: z.string().optional(), at: z.string() }),
    status: 204,
    response: z.undefined(),
    idempotent: true,
  });
  const operation = documentOf(shape).paths["/api/v1/things/{id}"].delete;
  expect(
    operation.parameters.map(({ in: place, name, required }: { in: string; name: string; required: boolean }) => [place, name, required]),
  ).toEqual([
    ["path", "id", true],
    ["query", "limit", false],
    ["query", "cursor", false],
    ["query", "at", true],
    ["header", "Idempotency-Key", false],
  ]);
  expect(operation.responses[204]).toEqual({ description: "Done" });
});

test("two methods of one path stand beside each other", () => {
  const document = documentOf(route({ ...base, response: thing }), route({ ...base, method: "POST", response: thing }));
  expect(Object.keys(document.paths["/api/v1/things"])).toEqual(["get", "post"]);
});

test("a text that is no JSON is described by its media types", () => {
  const document = documentOf(route({ ...base, response: z.string(), media: ["text/markdown", "application/json"] }));
  expect(Object.keys(document.paths["/api/v1/things"].get.responses[200].content)).toEqual(["text/markdown", "application/json"]);
});

test("refusals of one status share an answer that names each code", () => {
  const { responses } = documentOf(route({ ...base, response: thing, guarded: true })).paths["/api/v1/things"].get;
  expect(responses[401].description).toContain("`session_ended`");
  expect(responses[401].description).toContain("`access_token_expired`");
  expect(Object.keys(responses)).toEqual(
    expect.arrayContaining(["200", "400", "401", "402", "403", "413", "415", "422", "429", "500", "503"]),
  );
});

test("a mistake in a declaration is told when the server starts: a parameter without a schema, a code that there is not", () => {
  expect(() => documentOf(route({ ...base, path: "/things/{id}", response: thing }))).toThrow("the path parameter id has no schema");
  expect(() => documentOf(route({ ...base, response: thing, errors: ["no_such_code"] }))).toThrow(
    "the error code no_such_code is not in the catalogue",
  );
});

test("a route's codes are its own and those of its kind, each once", () => {
  const open = codesOf(route({ ...base, auth: "none", response: thing, errors: ["rate_limited", "email_taken"] }));
  expect(open.filter((code) => code === "rate_limited")).toHaveLength(1);
  expect(open).not.toContain("session_ended");
  const closed = codesOf(route({ ...base, response: thing, guarded: true, idempotent: true }));
  expect(closed).toEqual(
    expect.arrayContaining(["session_ended", "subscription_required", "email_verification_required", "idempotency_key_reused"]),
  );
});

test("path parameters are read in their order", () => {
  expect(pathParameters("/a/{one}/b/{two}")).toEqual(["one", "two"]);
  expect(pathParameters("/a")).toEqual([]);
});

test("no two routes of the contract have one id, and each is a word that a generator can use", () => {
  const ids = routes.map(operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^(get|post|put|patch|delete)(_[a-z]+)+$/);
});

/** They answer tokens, which must not be stored for a repeat; an invite is used once whatever is repeated. */
const ANSWERS_TOKENS = ["/accounts/switch", "/admin/accounts/{id}/impersonate", "/invites/{token}/accept"];

test("every route that changes something for somebody who is signed in can be repeated safely, or is about signing in", () => {
  const unrepeatable = routes.filter(({ method, auth, idempotent }) => method !== "GET" && auth === "session" && !idempotent);
  const others = unrepeatable.map(({ path }) => path).filter((path) => !path.startsWith("/auth/"));
  expect(others.sort()).toEqual(ANSWERS_TOKENS);
});

test("every body of the contract is closed: what is not declared is refused and not swallowed", () => {
  for (const { body, query, params, path } of routes) {
    for (const schema of [body, query, params]) {
      const issues = schema?.safeParse({ smuggled: true }).error?.issues ?? [];
      if (schema)
        expect(
          issues.some(({ code }) => code === "unrecognized_keys"),
          path,
        ).toBe(true);
    }
  }
});
