import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../platform/config.ts";

const PATH = "/api/v1/auth";

/** With a path it cannot be `__Host-`; on loopback without https it can have no prefix at all (CS-6). */
const nameOf = (config: Pick<Config, "baseUrl">): string =>
  config.baseUrl.startsWith("https:") ? "__Secure-gatehouse_refresh" : "gatehouse_refresh";

const attributes = (config: Pick<Config, "baseUrl">) =>
  ({ path: PATH, httpOnly: true, sameSite: "lax", secure: config.baseUrl.startsWith("https:") }) as const;

export const readRefreshCookie = (config: Pick<Config, "baseUrl">, request: FastifyRequest): string | null =>
  request.cookies[nameOf(config)] ?? null;

export function setRefreshCookie(config: Pick<Config, "baseUrl" | "sessionIdleDays">, reply: FastifyReply, token: string): void {
  void reply.setCookie(nameOf(config), token, { ...attributes(config), maxAge: config.sessionIdleDays * 86_400 });
}
export function clearRefreshCookie(config: Pick<Config, "baseUrl">, reply: FastifyReply): void {
  void reply.clearCookie(nameOf(config), attributes(config));
}
