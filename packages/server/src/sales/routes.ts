import { sales } from "@gatehouse/contract";
import type { Gate } from "../access/gate.ts";
import { whoIsSignedIn } from "../access/who-is-signed-in.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { takeLead } from "./take-lead.ts";

export function salesRoutes(http: Http, app: App, gate: Gate): void {
  serve(http, app, sales.sendLead, async ({ body, origin, request }) => {
    await takeLead(app, {
      name: body.name,
      email: body.email,
      company: body.company ?? null,
      size: body.size ?? null,
      message: body.message,
      source: body.source ?? null,
      trap: body.website ?? "",
      sender: await whoIsSignedIn(gate, request),
      origin,
    });
    return { status: "received" as const };
  });
}
