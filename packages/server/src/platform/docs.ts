import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { escapeHtml } from "./escape-html.ts";
import type { ErrorCatalogue } from "./problem.ts";

/** The viewer's own bar offers to load other documents; there is one here. */
const THEME = { css: [{ filename: "gatehouse.css", content: ".swagger-ui .topbar { display: none }" }] };

/** `/api/openapi.json`, a page to browse it, and a page for each error code: the `type` of every refusal leads there. */
export async function docsRoutes(http: FastifyInstance, document: object, catalogue: ErrorCatalogue): Promise<void> {
  const text = JSON.stringify(document);
  http.get("/api/openapi.json", (_request, reply) => reply.header("content-type", "application/json; charset=utf-8").send(text));
  http.get<{ Params: { code: string } }>("/api/docs/errors/:code", (request, reply) => {
    const code = request.params.code;
    const row = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
    if (!row) return reply.callNotFound();
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(code)}</title><h1><code>${escapeHtml(code)}</code></h1><p>Status ${row.status}. ${escapeHtml(row.title)}</p><p>${escapeHtml(row.mend)}</p><p><a href="/api/docs">All routes</a></p></html>`;
    return reply
      .header("content-type", "text/html; charset=utf-8")
      .header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
      .header("referrer-policy", "no-referrer")
      .send(page);
  });
  await http.register(async (scope) => {
    await scope.register(swagger, { mode: "static", specification: { document } } as Parameters<typeof swagger>[1]);
    await scope.register(swaggerUi, {
      routePrefix: "/api/docs",
      staticCSP: true,
      uiConfig: { docExpansion: "list", deepLinking: true },
      theme: THEME,
    });
  });
}
