import { createHash } from "node:crypto";
import { plans } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { publicPlans } from "./public-plans.ts";

/** Public: no session is asked for, and the answer is the same for everybody. */
export function planRoutes(http: Http, app: App): void {
  serve(http, app, plans.listPlans, async ({ request, reply }) => {
    const answer = await app.db.asSystem("the price list belongs to no account", (tx) => publicPlans(app, tx));
    const etag = `"${createHash("sha256").update(JSON.stringify(answer)).digest("base64url").slice(0, 27)}"`;
    void reply.headers({ "cache-control": "public, max-age=60", etag });
    if (isKnown(request.headers["if-none-match"], etag)) void reply.code(304).send();
    return answer;
  });
}

/** RFC 9110, section 13.1.2: a list of tags, compared weakly, or `*`. */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined && (header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag));
