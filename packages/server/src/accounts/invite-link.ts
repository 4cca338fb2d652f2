import { addDays } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";

/**
 * The token of an invite's link, for its n-th mail: derived, so that only its hash is stored and the worker can write the link (mechanism 2).
 * Each mail has its own, so that a newer one ends the older link.
 */
export const inviteToken = (app: Pick<App, "secrets">, inviteId: string, sends: number): string =>
  app.secrets.mailToken("invite", `${inviteId}.${sends}`);

/** What a mail that is to go out changes of the invite: its link, and its whole time anew. */
export function freshLink(app: Pick<App, "secrets" | "clock" | "config">, inviteId: string, sends: number) {
  const now = app.clock.now();
  return { tokenHash: hashToken(inviteToken(app, inviteId, sends)), expiresAt: addDays(now, app.config.inviteDays), sends, sentAt: now };
}
