import { hash } from "@node-rs/argon2";
import { expect, test } from "vitest";
import { Refusal } from "../platform/refuse.ts";
import { ARGON2ID, openHashGate } from "./hash-gate.ts";

const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (thrown) => thrown,
  );

test("a password is stored as argon2id with the parameters of the design, salted, and known again to the letter", async () => {
  const gate = openHashGate({ atOnce: 2, queueMax: 8 });
  const [first, second] = await Promise.all([gate.hash("correct horse"), gate.hash("correct horse")]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(second).not.toBe(first);
  expect(
    await Promise.all([gate.verify(first, "correct horse"), gate.verify(first, "correct horse "), gate.verify(first, "Correct horse")]),
  ).toEqual([true, false, false]);
});

test("an address that nobody has costs one hash of today's parameters and is always wrong", async () => {
  const gate = openHashGate({ atOnce: 1, queueMax: 1 });
  const nothing = gate.verifyNothing("correct horse");
  const next = gate.verifyNothing("");
  expect(gate.waiting, "it takes a place like any other").toBe(1);
  expect(await Promise.all([nothing, next])).toEqual([false, false]);
});

test("a full gate refuses at once with the seconds to wait, and everybody who was let in is served in order", async () => {
  const gate = openHashGate({ atOnce: 1, queueMax: 2 });
  const order: string[] = [];
  const served = ["first", "second", "third"].map((name) => gate.verifyNothing(name).then(() => order.push(name)));
  expect(gate.waiting).toBe(2);

  const refusal = await refusalOf(gate.hash("fourth"));
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ code: "too_busy", details: { retryAfterSeconds: 2 } });
  expect(order, "the refusal waited for nobody").toEqual([]);

  await Promise.all(served);
  expect(order).toEqual(["first", "second", "third"]);
  expect(gate.waiting).toBe(0);
  expect(await gate.verifyNothing("fifth"), "the gate is free again").toBe(false);
});

test("a damaged hash fails its own caller and gives its place back", async () => {
  const gate = openHashGate({ atOnce: 1, queueMax: 1 });
  const damaged = refusalOf(gate.verify("not a hash", "x"));
  const next = gate.verifyNothing("x");
  expect(await damaged).toBeInstanceOf(Error);
  expect(await next).toBe(false);
  expect(await gate.verifyNothing("y")).toBe(false);
});

test("a hash is made again only where its parameters are not today's", async () => {
  const gate = openHashGate({ atOnce: 1, queueMax: 8 });
  expect(gate.needsRehash(await gate.hash("x"))).toBe(false);
  const older = await hash("x", { ...ARGON2ID, memoryCost: 4096 });
  expect(gate.needsRehash(older)).toBe(true);
  expect(await gate.verify(older, "x"), "it still lets its owner in").toBe(true);
  expect(gate.needsRehash(await hash("x", { ...ARGON2ID, algorithm: 1 }))).toBe(true);
});
