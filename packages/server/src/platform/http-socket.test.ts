import { connect } from "node:net";
import { openTestServer, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await openTestServer();
  port = Number(new URL(await server.listen()).port);
});
afterAll(() => server.close());

/** Writes bytes to a socket, and reads until the server closes it or has said enough. */
function say(bytes: string, isEnough: (said: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => {
      said += data;
      if (isEnough(said)) socket.end();
    });
    socket.on("close", () => resolve(said));
    // A reset after the answer: what was said before it counts.
    socket.on("error", () => resolve(said));
  });
}

const request = (lines: readonly string[], body = "") => `${lines.join("\r\n")}\r\n\r\n${body}`;
const post = (headers: readonly string[], body: string) =>
  request(["POST /api/v1/auth/login HTTP/1.1", "host: localhost", "content-type: application/json", ...headers], body);

test.each<[string, string]>([
  ["garbage", "\u0001\u0002 garbage\r\n\r\n"],
  ["a header without a name", request(["GET /healthz HTTP/1.1", "host: localhost", ": x"])],
  ["a NUL in a header", request(["GET /healthz HTTP/1.1", "host: localhost", "x: a\u0000b"])],
  ["no host", request(["GET /healthz HTTP/1.1"])],
  ["a length that is none", post(["content-length: many"], "{}")],
  ["two lengths", post(["content-length: 2", "content-length: 3"], "{}")],
  ["a length and chunks at once", post(["content-length: 2", "transfer-encoding: chunked"], "0\r\n\r\n")],
  ["a chunk of no size", post(["transfer-encoding: chunked"], "zz\r\n{}\r\n0\r\n\r\n")],
  ["a method that there is not", request(["BREW /healthz HTTP/1.1", "host: localhost"])],
])("what is not HTTP gets 400 and a closed socket: %s", async (_, bytes) => {
  const said = await say(bytes, (text) => text.includes("}"));
  expect(said).toMatch(/^HTTP\/1\.1 400 /);
  expect(said).not.toMatch(/node_modules|Error:|\bat \//);
});

test("headers beyond 16 KiB are refused", async () => {
  const said = await say(request(["GET /healthz HTTP/1.1", "host: localhost", `x: ${"a".repeat(17 * 1024)}`]));
  expect(said).toMatch(/^HTTP\/1\.1 (400|431) /);
});

test("chunks without end are cut off at 64 KiB", async () => {
  const chunk = `1000\r\n${"a".repeat(0x1000)}\r\n`;
  const said = await say(post(["transfer-encoding: chunked"], chunk.repeat(17)), (text) => text.includes("request_id"));
  expect(said).toMatch(/^HTTP\/1\.1 413 /);
  expect(said).toContain("request_too_large");
});

test("a length over the bound is refused without a byte of the body", async () => {
  const said = await say(post(["content-length: 65537"], ""), (text) => text.includes("request_id"));
  expect(said).toMatch(/^HTTP\/1\.1 413 /);
});

test("what is packed is not unpacked", async () => {
  const packed = Buffer.from([0x1f, 0x8b]).toString("latin1");
  const said = await say(post(["content-encoding: gzip", `content-length: ${packed.length}`], packed), (text) =>
    text.includes("request_id"),
  );
  expect(said).toMatch(/^HTTP\/1\.1 4(00|15) /);
});

test("after a body that could not be read the socket is closed: what follows it is no request", async () => {
  const refused = post(["content-length: 2"], "{]");
  const said = await say(refused + request(["GET /healthz HTTP/1.1", "host: localhost"]));
  expect(said).toMatch(/^HTTP\/1\.1 400 /);
  expect(said).not.toContain('"ok"');
});

test("two requests in one packet are served in their order", async () => {
  const said = await say(
    request(["GET /healthz HTTP/1.1", "host: localhost"]) + request(["GET /nothing HTTP/1.1", "host: localhost", "connection: close"]),
  );
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404"]);
});

test("slow headers, slow bodies and idle sockets are bounded, and the bounds are on the server that listens", () => {
  const { headersTimeout, requestTimeout, timeout, keepAliveTimeout, maxHeadersCount } = server.http.server;
  expect(headersTimeout).toBeGreaterThan(0);
  expect(headersTimeout).toBeLessThanOrEqual(60_000);
  expect(requestTimeout).toBe(30_000);
  expect(timeout).toBe(60_000);
  expect(keepAliveTimeout).toBe(72_000);
  expect(maxHeadersCount === null || maxHeadersCount <= 2000).toBe(true);
});
