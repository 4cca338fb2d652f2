import { setTimeout as pause } from "node:timers/promises";
import { isReady } from "./own-sandbox.ts";

const READY_SECONDS_MAX = 30;

/** Where a sandbox of `npm start` would be: BASE_URL, or PORT on this machine. */
export function usualPlace(env: Readonly<Record<string, string | undefined>>): string {
  const baseUrl = env["BASE_URL"];
  if (baseUrl !== undefined && URL.canParse(baseUrl)) return new URL(baseUrl).origin;
  const port = Number(env["PORT"] || 4000);
  return `http://127.0.0.1:${Number.isInteger(port) && port > 0 && port < 65_536 ? port : 4000}`;
}

/** Is a sandbox at `place`? One that is still starting is waited for. */
export async function isSandboxAt(place: string): Promise<boolean> {
  if (!(await callsItselfSandbox(place))) return false;
  const latest = performance.now() + READY_SECONDS_MAX * 1000;
  while (performance.now() < latest) {
    if (await isReady(place)) return true;
    await pause(100);
  }
  return false;
}

/** Asked before anything is done there: another program, or a real installation, must not be toured. */
async function callsItselfSandbox(place: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/sandbox", place), {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(3_000),
    });
    const text = await response.text();
    if (response.status !== 200) return false;
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && "gatehouse" in body && body.gatehouse === true;
  } catch {
    return false;
  }
}
