import type { App } from "@gatehouse/server/platform/app";
import { type Http, serve } from "@gatehouse/server/platform/serve";
import { advanceSession } from "./advance-session.ts";
import { endSession } from "./end-session.ts";
import { listSessions } from "./list-sessions.ts";
import { presentSession, presentSummary } from "./present-session.ts";
import { readSession } from "./read-session.ts";
import * as sessions from "./sessions.contract.ts";
import { startSession } from "./start-session.ts";

/** @param http a scope behind the product's guards */
export function sessionRoutes(http: Http, app: App): void {
  serve(http, app, sessions.listSessions, ({ actor, query, transact }) =>
    transact(async (tx) => {
      const page = await listSessions(tx, actor.accountId, { treeId: query.tree_id, cursor: query.cursor, limit: query.limit });
      return { items: page.sessions.map(presentSummary), next_cursor: page.nextCursor };
    }),
  );
  serve(http, app, sessions.readSession, ({ actor, params, transact }) =>
    transact(async (tx) => presentSession(await readSession(tx, actor.accountId, params.id))),
  );
  serve(http, app, sessions.startSession, ({ transact, params, ...by }) =>
    transact(async (tx) => presentSession(await startSession(tx, app, by, params.id))),
  );
  serve(http, app, sessions.advanceSession, ({ actor, transact, params, body }) =>
    transact(async (tx) => {
      const step = { stepsSeen: body.step, answer: body.answer ?? null };
      return presentSession(await advanceSession(tx, app, actor.accountId, params.id, step));
    }),
  );
  serve(http, app, sessions.endSession, ({ transact, params, body, ...by }) =>
    transact(async (tx) => presentSession(await endSession(tx, app, by, { sessionId: params.id, outcome: body.outcome, note: body.note }))),
  );
}
