import { accounts } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import type { ExportSection } from "../platform/product-parts.ts";
import { type Http, serve } from "../platform/serve.ts";
import { exportAccount } from "./export-account.ts";
import { openExportTurns } from "./export-turns.ts";

/** Never guarded: what is theirs is had in every state of billing, and while the account waits to be erased. @param product its sections */
export function exportRoutes(http: Http, app: App, product: readonly ExportSection[]): void {
  const turns = openExportTurns();
  serve(http, app, accounts.exportAccount, async ({ actor, reply }) => {
    const { fileName, zip } = await exportAccount(app, turns, actor, product);
    reply.header("content-type", "application/zip").header("content-disposition", `attachment; filename="${fileName}"`);
    return zip;
  });
}
