import { createHash } from "node:crypto";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { readZip } from "@gatehouse/testkit";
import { expect, test } from "vitest";
import type { ExportFile } from "./product-parts.ts";
import { streamZip } from "./zip.ts";

const AT = new Date("2026-01-01T00:00:00Z");
const FILE_BYTES = 64 * 1024;

/** Text that is hardly made smaller, another one for each number. */
function denseText(number: number): string {
  const parts = Array.from({ length: FILE_BYTES / 88 }, (_, part) => createHash("sha512").update(`${number} ${part}`).digest("base64"));
  return parts.join("");
}
/** A source without end that counts what was taken of it, and whether it was told to end. */
function endless() {
  const seen = { taken: 0, isEnded: false };
  async function* files(): AsyncGenerator<ExportFile> {
    try {
      for (;;) {
        seen.taken += 1;
        yield await Promise.resolve({ name: `${seen.taken}.txt`, text: denseText(seen.taken) });
      }
    } finally {
      seen.isEnded = true;
    }
  }
  return { seen, files: files() };
}
async function* given(files: readonly ExportFile[]): AsyncGenerator<ExportFile> {
  for (const file of files) yield await Promise.resolve(file);
}

test("what went in comes out: names of any script, an empty file, a large one", async () => {
  const files = [
    { name: "README.md", text: "# Ünïcödé \u{1f469}‍\u{1f4bb}\n" },
    { name: "trees/漢字-ñ.json", text: "{}" },
    { name: "empty.json", text: "" },
    { name: "large.txt", text: denseText(1).repeat(40) },
  ];
  const read = await readZip(await buffer(streamZip(given(files), AT)));
  expect([...read]).toEqual(files.map(({ name, text }) => [name, text]));
});

test("nothing at all is a ZIP too", async () => {
  expect((await readZip(await buffer(streamZip(given([]), AT)))).size).toBe(0);
});

test("more files than a ZIP of old could list are all in it", { timeout: 120_000 }, async () => {
  const count = 66_000;
  async function* many(): AsyncGenerator<ExportFile> {
    for (let number = 0; number < count; number += 1) yield await Promise.resolve({ name: `${number}`, text: "" });
  }
  expect((await readZip(await buffer(streamZip(many(), AT)))).size).toBe(count);
});

test("while nobody reads, no more than a few files are taken; when somebody reads on, it goes on", async () => {
  const { seen, files } = endless();
  const zip = streamZip(files, AT);
  const looks: number[] = [];
  const isStill = (): boolean => looks.push(seen.taken) > 1 && looks.at(-1) === looks.at(-2);
  await expect.poll(isStill, { interval: 200 }).toBe(true);
  expect(seen.taken).toBeLessThan(10);
  let read = 0;
  for await (const chunk of zip) {
    read += chunk.length;
    if (read > 100 * FILE_BYTES) break;
  }
  expect(seen.taken).toBeGreaterThan(60);
});

test("what is written in one turn is one piece, and not one for each field of a header", async () => {
  const names = Array.from({ length: 200 }, (_, number) => ({ name: `${number}.md`, text: "#" }));
  let pieces = 0;
  const zip = streamZip(given(names), AT).on("data", () => {
    pieces += 1;
  });
  await once(zip, "end");
  expect(pieces).toBeLessThan(600);
});

test("a reader who goes away ends the source", async () => {
  const { seen, files } = endless();
  const zip = streamZip(files, AT);
  await once(zip, "readable");
  zip.destroy();
  await expect.poll(() => seen.isEnded).toBe(true);
  expect(seen.taken).toBeLessThan(10);
});

test("a reader who goes away while the source looks for the next file ends it as well", async () => {
  const looking = Promise.withResolvers<void>();
  const found = Promise.withResolvers<void>();
  let isEnded = false;
  async function* files(): AsyncGenerator<ExportFile> {
    try {
      yield { name: "a", text: "a" };
      looking.resolve();
      await found.promise;
      yield { name: "b", text: "b" };
    } finally {
      isEnded = true;
    }
  }
  const zip = streamZip(files(), AT);
  zip.resume();
  await looking.promise;
  zip.destroy();
  found.resolve();
  await expect.poll(() => isEnded).toBe(true);
});

test("a source that fails leaves no ZIP that opens, and whoever reads is told", async () => {
  const files = (async function* (): AsyncGenerator<ExportFile> {
    yield { name: "a.json", text: denseText(1) };
    yield await Promise.reject(new Error("the database went away"));
  })();
  const chunks: Buffer[] = [];
  const reading = async () => {
    for await (const chunk of streamZip(files, AT)) chunks.push(chunk);
  };
  await expect(reading()).rejects.toThrow("the database went away");
  await expect(readZip(Buffer.concat(chunks))).rejects.toThrow();
});
