import { parseCookie, stringifySetCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";

/** As long as a mail that asks for the same browser may be followed. */
export const BROWSER_HOURS = 24;
const PATH = "/api/v1/auth";

type Parts = Pick<App, "config">;
const isSecure = ({ config }: Parts): boolean => config.baseUrl.startsWith("https:");
/** As the refresh cookie's (CS-6). */
const nameOf = (app: Parts): string => (isSecure(app) ? "__Secure-gatehouse_browser" : "gatehouse_browser");

/** What this browser was given when it began a sign-in; null: it began none of late. */
export function readBrowser(app: Parts, request: FastifyRequest): string | null {
  const value = parseCookie(request.headers.cookie ?? "")[nameOf(app)];
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
}

/**
 * Marks the browser, so that what it begins only it can finish (OI-4). One mark for all its tabs: a sign-in begun in one does not break
 * that of another.
 */
export function markBrowser(app: Parts & Pick<App, "ids">, request: FastifyRequest, reply: FastifyReply): string {
  const value = readBrowser(app, request) ?? app.ids.token();
  const cookie = stringifySetCookie({
    name: nameOf(app),
    value,
    path: PATH,
    httpOnly: true,
    sameSite: "lax",
    secure: isSecure(app),
    maxAge: BROWSER_HOURS * 3600,
  });
  void reply.header("set-cookie", cookie);
  return value;
}
