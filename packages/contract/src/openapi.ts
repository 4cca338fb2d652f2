import { may, type Permission, ROLES } from "@gatehouse/core";
import { z } from "zod";
import { commonErrors, type ErrorRow, guardErrors, sessionErrors } from "./errors.ts";
import { problem } from "./problem.ts";
import { pathParameters, type RouteShape } from "./route.ts";

type Json = Record<string, unknown>;

/**
 * The OpenAPI 3.1 document of `routes`, from the same schemas that check requests and strip answers.
 * @param routes of every capability, the app's own among them
 * @param catalogue every error code, the app's own among them
 */
export function openApiDocument(
  routes: readonly RouteShape[],
  catalogue: Readonly<Record<string, ErrorRow>>,
  about: { title: string; version: string; server: string },
): Json {
  const components = { schemas: {} as Json };
  const paths: Record<string, Json> = {};
  for (const shape of routes) {
    const at = `/api/v1${shape.path}`;
    paths[at] = { ...paths[at], [shape.method.toLowerCase()]: operation(shape, catalogue, components.schemas) };
  }
  return {
    openapi: "3.1.0",
    info: { title: about.title, version: about.version },
    servers: [{ url: about.server }],
    paths,
    components: {
      ...components,
      securitySchemes: { session: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

function operation(shape: RouteShape, catalogue: Readonly<Record<string, ErrorRow>>, schemas: Json): Json {
  const success =
    shape.status === 204
      ? { description: "Done" }
      : {
          description: "Success",
          content: shape.media
            ? Object.fromEntries(shape.media.map((media) => [media, { schema: { type: "string" } }]))
            : { "application/json": { schema: schemaOf(shape.response, "output", schemas) } },
        };
  return {
    operationId: operationId(shape),
    tags: [shape.tag],
    summary: shape.summary,
    ...describe(shape),
    ...(shape.auth === "session" ? { security: [{ session: [] }] } : { security: [] }),
    parameters: parameters(shape, schemas),
    ...(shape.body
      ? {
          requestBody: {
            required: !shape.body.safeParse(undefined).success,
            content: { "application/json": { schema: schemaOf(shape.body, "input", schemas) } },
          },
        }
      : {}),
    responses: {
      [shape.status]: success,
      ...(shape.accepted
        ? {
            202: {
              description: "A mail leads on",
              content: { "application/json": { schema: schemaOf(shape.accepted, "output", schemas) } },
            },
          }
        : {}),
      ...refusals(shape, catalogue, schemas),
    },
  };
}

function describe(shape: RouteShape): Json {
  const roles = shape.permission ? `Needs the permission \`${shape.permission}\`: ${rolesWith(shape.permission).join(", ")}.` : null;
  const operators = shape.operator ? "For operators; to everybody else it is not there." : null;
  const description = [shape.description, roles, operators].filter((part) => part != null).join(" ");
  return description === "" ? {} : { description };
}

const rolesWith = (permission: Permission) => ROLES.filter((role) => may(role, permission));

/** `POST /auth/password/forgot` is `post_auth_password_forgot`: unique because method and path are. */
export const operationId = (shape: RouteShape): string =>
  `${shape.method.toLowerCase()}${shape.path.replaceAll(/[{}]/g, "").replaceAll(/[^a-zA-Z0-9]+/g, "_")}`;

function parameters(shape: RouteShape, schemas: Json): Json[] {
  const fields = (schema: z.ZodObject | undefined, place: "path" | "query"): Json[] =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
      name,
      in: place,
      required: place === "path" || !(field instanceof z.ZodOptional || field instanceof z.ZodDefault),
      schema: field instanceof z.ZodType ? schemaOf(field, "input", schemas) : {},
    }));
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "Up to 200 characters; the same key and body again gives the same answer and no second effect, for 24 hours.",
    schema: { type: "string", maxLength: 200 },
  };
  const declared = new Set(Object.keys(shape.params?.shape ?? {}));
  for (const name of pathParameters(shape.path)) {
    if (!declared.has(name)) throw new Error(`${shape.method} ${shape.path}: the path parameter ${name} has no schema`);
  }
  return [...fields(shape.params, "path"), ...fields(shape.query, "query"), ...(shape.idempotent ? [key] : [])];
}

/** What an operator who looks at an account is refused here. */
function whyNotImpersonating(shape: RouteShape): string[] {
  if (shape.operator) return [];
  if (shape.method !== "GET") return ["impersonation_read_only"];
  return shape.permission || shape.ofAccount ? [] : ["impersonation_account_only"];
}

/** Codes that `shape` may answer with: its own, and those of its kind. */
export const codesOf = (shape: RouteShape): string[] => [
  ...new Set<string>([
    ...shape.errors,
    ...commonErrors,
    ...(shape.auth === "session" ? [...sessionErrors, ...whyNotImpersonating(shape)] : []),
    ...(shape.permission ? ["permission_denied"] : []),
    ...(shape.operator ? ["route_not_found"] : []),
    ...(shape.guarded ? guardErrors : []),
    ...(shape.idempotent ? ["idempotency_key_reused"] : []),
  ]),
];

function refusals(shape: RouteShape, catalogue: Readonly<Record<string, ErrorRow>>, schemas: Json): Json {
  const byStatus = new Map<number, string[]>();
  for (const code of codesOf(shape)) {
    const row = catalogue[code];
    if (!row) throw new Error(`${shape.method} ${shape.path}: the error code ${code} is not in the catalogue`);
    byStatus.set(row.status, [...(byStatus.get(row.status) ?? []), code]);
  }
  const schema = schemaOf(problem, "output", schemas);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${catalogue[code]?.title ?? ""}`).join("\n\n"),
        content: { "application/problem+json": { schema } },
      },
    ]),
  );
}

/** A schema that has an id goes under components once and is pointed to. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Json): Json {
  const { $defs, $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json & { $defs?: Json };
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = repoint(definition);
  const id = typeof rest["id"] === "string" ? rest["id"] : null;
  if (id === null) return repoint(rest) as Json;
  const { id: _id, ...named } = rest;
  schemas[id] = repoint(named);
  return { $ref: `#/components/schemas/${id}` };
}

function repoint(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(repoint);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      // A schema's own id is a text; a field that is called id has a schema.
      .filter(([key, inner]) => key !== "id" || typeof inner !== "string")
      .map(([key, inner]) =>
        key === "$ref" && typeof inner === "string" ? [key, inner.replace("#/$defs/", "#/components/schemas/")] : [key, repoint(inner)],
      ),
  );
}
