import type { App } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";

/** The token of the link that leaves the waitlist: derived, so that only its hash is stored (mechanism 2). */
export const leaveToken = (app: Pick<App, "secrets">, entryId: string): string => app.secrets.mailToken("waitlist_leave", entryId);

/** The token of the n-th ticket of an entry: each mail has its own, so that a newer one ends the older link. */
export const ticketToken = (app: Pick<App, "secrets">, entryId: string, sends: number): string =>
  app.secrets.mailToken("waitlist_ticket", `${entryId}.${sends}`);

/** What is stored of the next ticket of an entry. @param sends how many it had before */
export const nextTicket = (app: Pick<App, "secrets">, entry: { readonly id: string; readonly sends: number }) => ({
  id: entry.id,
  hash: hashToken(ticketToken(app, entry.id, entry.sends + 1)),
});
