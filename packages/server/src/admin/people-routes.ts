import { adminPeople } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { beginOfPage, pageOf } from "../platform/cursor.ts";
import { type Http, serve } from "../platform/serve.ts";
import { peopleOfAddresses } from "./account-search.store.ts";
import { resendToPerson, unlockPerson, verifyForPerson } from "./help-person.ts";
import { presentPerson } from "./present-account.ts";

const REASON = "a person belongs to no account";

/** For operators: people, and the little that can be done for one without being them. */
export function adminPeopleRoutes(http: Http, app: App): void {
  serve(http, app, adminPeople.searchUsers, async ({ query }) => {
    const after = beginOfPage(query.cursor);
    const found = await app.db.asSystem(REASON, (tx) => peopleOfAddresses(tx, query.query.toLowerCase(), after, query.limit + 1));
    const { items, nextCursor } = pageOf(found, query.limit);
    return { items: items.map(presentPerson), next_cursor: nextCursor };
  });
  serve(http, app, adminPeople.verifyUser, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) =>
      presentPerson(await verifyForPerson(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id)),
    ),
  );
  serve(http, app, adminPeople.resendToUser, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      await resendToPerson(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id);
      return { status: "check_your_email" as const };
    }),
  );
  serve(http, app, adminPeople.unlockUser, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => ({
      sources: await unlockPerson(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id),
    })),
  );
}
