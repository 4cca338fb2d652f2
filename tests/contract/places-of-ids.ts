import { pathParameters, type RouteShape } from "@gatehouse/contract";
import { z } from "zod";

/** Where a request names something: `path.id`, `query.tree_id`, `body.account_id`, `body.rows[].id`. */
export type Place = string;

/**
 * Every place of a request to the route that names something that is somebody's: each parameter of its path, and whatever its schemas say
 * is a UUID or call an id, a token or a cursor.
 * @throws Error for a kind of schema that it does not know: teach it
 */
export function placesOfIds(route: RouteShape): Place[] {
  return [
    ...pathParameters(route.path).map((name) => `path.${name}`),
    ...(route.query ? within(route.query, "query") : []),
    ...(route.body ? within(route.body, "body") : []),
  ];
}

const NAMES = /(^|_)(ids?|tokens?|cursor)$/;

function within(schema: z.ZodType, at: Place): Place[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => within(asSchema(field), `${at}.${name}`));
  if (schema instanceof z.ZodArray) return within(asSchema(schema.element), `${at}[]`);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return within(asSchema(schema.unwrap()), at);
  if (schema instanceof z.ZodPipe) return within(asSchema(schema.in), at);
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.flatMap((option) => within(asSchema(option), at)))];
  if (LEAVES.some((leaf) => schema instanceof leaf)) return isId(schema, at) ? [at] : [];
  throw new Error(`${at} is of a kind that the walk does not know: ${schema.constructor.name}`);
}

const LEAVES = [z.ZodString, z.ZodStringFormat, z.ZodNumber, z.ZodBoolean, z.ZodEnum, z.ZodLiteral, z.ZodUndefined, z.ZodTransform];

/** By its name, and by its kind: a UUID is one whatever it is called. */
function isId(schema: z.ZodType, at: Place): boolean {
  const { format } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return format === "uuid" || NAMES.test(at.split(".").at(-1)?.replace("[]", "") ?? "");
}

function asSchema(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError("not a schema");
}
