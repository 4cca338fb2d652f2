import { type RouteShape, routes } from "@gatehouse/contract";
import { COMMANDS } from "@gatehouse/server/commands/commands";
import { expect, test } from "vitest";
import { z } from "zod";
import { COMMANDS_OF_ROUTES } from "./commands-of-routes.ts";

const ofOperators = routes.filter(({ operator }) => operator);
const nameOf = ({ method, path }: RouteShape): string => `${method} ${path}`;
const PAGING = ["cursor", "limit"];
const isListed = ({ query }: RouteShape): boolean => query !== undefined && Object.hasOwn(query.shape, "cursor");

/** Every part of a request that somebody can say: parameters, query and body. */
function partsOf(route: RouteShape): string[] {
  const body = route.body instanceof z.ZodObject ? Object.keys(route.body.shape) : [];
  const query = Object.keys(route.query?.shape ?? {}).filter((name) => !(isListed(route) && PAGING.includes(name)));
  return [...Object.keys(route.params?.shape ?? {}), ...query, ...body];
}

test("every route of operators has its row, and every row its route", () => {
  expect(Object.keys(COMMANDS_OF_ROUTES).toSorted()).toEqual(ofOperators.map(nameOf).toSorted());
});

test("what stands under /admin is for operators, and nothing else is", () => {
  for (const route of routes) expect([nameOf(route), route.operator ?? false]).toEqual([nameOf(route), route.path.startsWith("/admin/")]);
});

test.each(ofOperators.map((route) => [nameOf(route), route] as const))("%s has a command that takes all of it", (name, route) => {
  const row = COMMANDS_OF_ROUTES[name];
  if (row && "none" in row) return expect(row.none).not.toBe("");
  const [called, typed] = row ?? [];
  const command = COMMANDS.find((known) => known.name === called);
  expect(command, called).toBeDefined();
  expect(Object.keys(typed ?? {}).toSorted()).toEqual(partsOf(route).toSorted());
  for (const where of Object.values(typed ?? {})) {
    if (typeof where !== "string") continue;
    const taken = where.startsWith("--") ? Object.keys(command?.options ?? {}).map((option) => `--${option}`) : command?.positionals;
    expect(taken, `${called} takes ${where}`).toContain(where);
  }
  return undefined;
});
