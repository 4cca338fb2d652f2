import { z } from "zod";

type Cut = (value: unknown) => unknown;
const keep: Cut = (value) => value;

/**
 * Makes a function that copies of an answer only what its schema declares, at every depth: a column that was selected by mistake does not
 * leave the house. It checks no values, for which the tests' full check stands; checked at each answer they would cost a third of a request.
 */
export function cutterOf(schema: z.ZodType): Cut {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    const inner = cutterOf(asSchema(schema.unwrap()));
    return inner === keep ? keep : (value) => (value === null || value === undefined ? value : inner(value));
  }
  if (schema instanceof z.ZodArray) {
    const element = cutterOf(asSchema(schema.element));
    return element === keep ? keep : (value) => (Array.isArray(value) ? value.map(element) : value);
  }
  if (schema instanceof z.ZodRecord) {
    const inner = cutterOf(asSchema(schema.valueType));
    return inner === keep ? keep : (value) => Object.fromEntries(Object.entries(Object(value)).map(([key, one]) => [key, inner(one)]));
  }
  if (schema instanceof z.ZodObject) return cutterOfObject(schema);
  // Which of several shapes an answer has is for Zod to find out.
  if (schema instanceof z.ZodUnion || schema instanceof z.ZodPipe) return (value) => schema.parse(value);
  return keep;
}

function cutterOfObject(schema: z.ZodObject): Cut {
  if (schema.def.catchall && !(schema.def.catchall instanceof z.ZodNever)) return keep;
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, cutterOf(asSchema(field))] as const);
  return (value) => {
    const from: Record<string, unknown> = Object(value);
    const to: Record<string, unknown> = {};
    for (const [name, cut] of fields) if (from[name] !== undefined) to[name] = cut(from[name]);
    return to;
  };
}

function asSchema(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError("not a schema");
}
