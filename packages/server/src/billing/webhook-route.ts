import { webhooks } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { type Http, serveBytes } from "../platform/serve.ts";
import { openReceiver } from "./receive-event.ts";

/** Where Stripe delivers its events. */
export async function webhookRoute(http: Http, app: Pick<App, "db" | "jobs" | "clock" | "stripe" | "log">): Promise<void> {
  const receive = openReceiver(app);
  await serveBytes(http, webhooks.stripeWebhook, async ({ body, request }) => {
    const signature = request.headers["stripe-signature"];
    // Node joins a header that is given twice, but for a few of its own; the type allows for those.
    await receive({ body, signature: Array.isArray(signature) ? signature.join(", ") : signature });
    return { received: true as const };
  });
}
