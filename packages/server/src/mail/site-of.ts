import type { App } from "../platform/app.ts";
import type { Site } from "./layout.ts";

/** Whose mails a server sends. */
export const siteOf = (app: Pick<App, "catalogue" | "config">): Site => ({
  productName: app.catalogue.productName,
  baseUrl: app.config.baseUrl,
  supportEmail: app.config.supportEmail,
});
