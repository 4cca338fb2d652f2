import { createServer } from "node:net";

/** Who listens on a port: nobody, a Gatehouse sandbox, or something else. */
export type PortHolder = "nobody" | "gatehouse" | "another program";

/** @param host the address to listen on, such as 127.0.0.1 */
export async function whoHasPort(host: string, port: number): Promise<PortHolder> {
  const problem = await tryToListen(host, port);
  if (problem === null) return "nobody";
  if (problem !== "EADDRINUSE") throw new Error(whyNotListen(host, port, problem));
  return (await isSandbox(host, port)) ? "gatehouse" : "another program";
}

/**
 * Makes sure that a port can be taken, before anything is started for it.
 * @throws Error that says in plain words who has it and what to do
 */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const holder = await whoHasPort(host, port);
  if (holder === "nobody") return;
  const another = await nextFreePort(host, port);
  const instead = another === null ? "on another port with PORT=<number> npm start" : `with PORT=${another} npm start`;
  if (holder === "gatehouse") {
    throw new Error(`Gatehouse is already running at http://${inUrl(host)}:${port}/sandbox; use it, stop it, or start another ${instead}`);
  }
  throw new Error(`Port ${port} is taken by another program; start ${instead}`);
}

const ANSWER_MILLISECONDS_MAX = 2_000;
const PORTS_TRIED_MAX = 20;

/** The error's code, or null when the port could be had; it is given back at once. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve("code" in error && typeof error.code === "string" ? error.code : error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function whyNotListen(host: string, port: number, problem: string): string {
  if (problem === "EACCES") return `Port ${port} may not be used by this user; start on one from 1024, such as PORT=4000 npm start`;
  if (problem === "EADDRNOTAVAIL") return `This machine has no address ${host}`;
  return `Port ${port} of ${host} cannot be used (${problem})`;
}

async function isSandbox(host: string, port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://${inUrl(host)}:${port}/sandbox`, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS_MAX),
    });
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null && "gatehouse" in body && body.gatehouse === true;
  } catch {
    return false; // It speaks something else, or not at all.
  }
}

function inUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

async function nextFreePort(host: string, port: number): Promise<number | null> {
  for (let candidate = port + 1; candidate <= Math.min(port + PORTS_TRIED_MAX, 65_535); candidate += 1) {
    if ((await tryToListen(host, candidate)) === null) return candidate;
  }
  return null;
}
