import { parseCookie, stringifySetCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../platform/config.ts";

const PATH = "/api/v1/auth";

/** With a path it cannot be `__Host-`; on loopback without https it can have no prefix at all (CS-6). */
const nameOf = (config: Pick<Config, "baseUrl">): string => (isSecure(config) ? "__Secure-gatehouse_refresh" : "gatehouse_refresh");
const isSecure = (config: Pick<Config, "baseUrl">): boolean => config.baseUrl.startsWith("https:");

export function readRefreshCookie(config: Pick<Config, "baseUrl">, request: FastifyRequest): string | null {
  return parseCookie(request.headers.cookie ?? "")[nameOf(config)] ?? null;
}
export function setRefreshCookie(config: Pick<Config, "baseUrl" | "sessionIdleDays">, reply: FastifyReply, token: string): void {
  setCookie(config, reply, token, config.sessionIdleDays * 86_400);
}
export function clearRefreshCookie(config: Pick<Config, "baseUrl">, reply: FastifyReply): void {
  setCookie(config, reply, "", 0);
}

function setCookie(config: Pick<Config, "baseUrl">, reply: FastifyReply, value: string, maxAge: number): void {
  const cookie = stringifySetCookie({
    name: nameOf(config),
    value,
    path: PATH,
    httpOnly: true,
    sameSite: "lax",
    secure: isSecure(config),
    maxAge,
  });
  void reply.header("set-cookie", cookie);
}
