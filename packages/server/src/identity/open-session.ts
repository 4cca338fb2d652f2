import { addDays } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { insertSession } from "./sessions.store.ts";

export interface OpenedSession {
  readonly sessionId: string;
  readonly refreshToken: string;
}

/** A session for a device, with the first token of its family; always new, so that one set before a sign-in is worth nothing (SE-1). */
export async function openSession(
  app: Pick<App, "ids" | "clock" | "config">,
  tx: Tx,
  userId: string,
  origin: Origin,
): Promise<OpenedSession> {
  const now = app.clock.now();
  const session = { id: app.ids.next(), refreshToken: app.ids.token() };
  await insertSession(
    tx,
    {
      id: session.id,
      userId,
      ip: origin.ip,
      userAgent: origin.userAgent,
      createdAt: now,
      expiresAt: addDays(now, app.config.sessionMaxDays),
    },
    { hash: hashToken(session.refreshToken), expiresAt: addDays(now, app.config.sessionIdleDays) },
  );
  return { sessionId: session.id, refreshToken: session.refreshToken };
}
