import { execFile } from "node:child_process";
import { createServer, type RequestListener, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "main.ts");
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test("a product that does not keep a promise fails the tour, which says what was expected and what came", async () => {
  const { code, stdout } = await tour(["--json"], await sandboxThatAnswersRegister(200));
  const lines = stdout.trimEnd().split("\n");
  const steps = lines.map((line) => JSON.parse(line));
  expect(code).toBe(1);
  expect(steps).toEqual([
    expect.objectContaining({ step: 1, ok: true }),
    expect.objectContaining({ step: 2, ok: false, what: "POST /auth/register", expected: "201", came: expect.stringMatching(/^200 /) }),
    { ok: false, steps: 2, seconds: expect.any(Number) },
  ]);
});

test("people read at which step it stopped, and colours only where a terminal shows them", async () => {
  const { code, stdout } = await tour([], await sandboxThatAnswersRegister(500));
  expect(code).toBe(1);
  expect(stdout).toMatch(/ 2\. Ada registers/);
  expect(stdout).toMatch(/NOT AS IT MUST BE: POST \/auth\/register\n\s+expected {2}201\n\s+came {6}500 /);
  expect(stdout).toMatch(/Stopped at step 2, which is not as it must be/);
  expect(stdout).not.toContain("\u001b[");
});

test("an option that it does not know is refused before anything is done", async () => {
  expect(await tour(["--faster"], "http://127.0.0.1:1")).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("--faster"),
  });
});

test("--help says where it looks for a sandbox, and how it ends", async () => {
  const { code, stdout } = await tour(["--help"], "http://127.0.0.1:1");
  expect(code).toBe(0);
  for (const word of ["BASE_URL", "PORT", "--json", "Exit codes"]) expect(stdout).toContain(word);
});

function tour(args: string[], baseUrl: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const { FORCE_COLOR: _, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env: { ...env, BASE_URL: baseUrl } }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** Calls itself a sandbox, and is none. */
function sandboxThatAnswersRegister(status: number): Promise<string> {
  const parts = ["api", "docs", "openapi", "mail", "clock"].map((name) => ({ name, url: "http://127.0.0.1", what: "" }));
  const answers: Record<string, [number, object]> = {
    "/sandbox": [200, { gatehouse: true, parts }],
    "/sandbox/clock": [200, { now: "2026-01-01T00:00:00.000Z", offset_seconds: 0 }],
    "/readyz": [200, {}],
    "/api/v1/auth/register": [
      status,
      { code: "internal_error", title: "Wrong.", status, detail: "", type: "about:blank", request_id: "1" },
    ],
  };
  const answer: RequestListener = (request, response) => {
    const [code, body] = answers[request.url ?? ""] ?? [404, {}];
    request.resume().once("end", () => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
  };
  const server = createServer(answer);
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address) resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
