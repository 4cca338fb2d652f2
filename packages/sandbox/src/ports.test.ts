import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { assertPortFree, whoHasPort } from "./ports.ts";

const HOST = "127.0.0.1";
let server: Server | undefined;

afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

function occupy(answer: string): Promise<number> {
  const listening = createServer((_request, response) => response.end(answer));
  server = listening;
  return new Promise((resolve) =>
    listening.listen(0, HOST, () => {
      const address = listening.address();
      resolve(address !== null && typeof address === "object" ? address.port : 0);
    }),
  );
}

test("a port that a Gatehouse has is told with its address and the way to a second one", async () => {
  const port = await occupy('{"gatehouse":true}');
  await expect(assertPortFree(HOST, port)).rejects.toThrow(
    new RegExp(
      `^Gatehouse is already running at http://127\\.0\\.0\\.1:${port}/sandbox; use it, stop it, or start another with PORT=\\d+ npm start$`,
    ),
  );
});

test.each(["<html>", "{}", '"gatehouse"', "null"])("a port where something answers %s is another program's", async (answer) => {
  const port = await occupy(answer);
  await expect(assertPortFree(HOST, port)).rejects.toThrow(
    new RegExp(`^Port ${port} is taken by another program; start with PORT=\\d+ npm start$`),
  );
});

test("a port that was free is free again after the look", async () => {
  const port = await occupy("");
  await new Promise((resolve) => server?.close(resolve));
  expect(await whoHasPort(HOST, port)).toBe("nobody");
  await assertPortFree(HOST, port);
  expect(await whoHasPort(HOST, port)).toBe("nobody");
});

test("an address that this machine does not have is named", async () => {
  await expect(assertPortFree("192.0.2.1", 4000)).rejects.toThrow("This machine has no address 192.0.2.1");
});
