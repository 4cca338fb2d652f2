import { members } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { changeRole } from "./change-role.ts";
import { endOwnershipOffer } from "./end-ownership-offer.ts";
import { listMembers } from "./list-members.ts";
import { findStandingOffer } from "./ownership-offers.store.ts";
import { presentMember, presentOffer } from "./present-members.ts";
import { removeMember } from "./remove-member.ts";
import { takeOwnership } from "./take-ownership.ts";

/** Never guarded: who is in a team is decided also where nothing is paid. */
export function memberRoutes(http: Http, app: App): void {
  serve(http, app, members.listMembers, async ({ actor, query }) => {
    const page = { cursor: query.cursor, limit: query.limit };
    const { members: items, nextCursor } = await app.db.forAccount(actor.accountId, (tx) => listMembers(tx, actor.accountId, page));
    return { items: items.map((member) => presentMember(member, actor.userId)), next_cursor: nextCursor };
  });
  serve(http, app, members.changeRole, ({ actor, origin, params, body, transact }) =>
    transact(async (tx) => presentMember(await changeRole(app, tx, { actor, origin }, params.id, body.role), actor.userId)),
  );
  serve(http, app, members.removeMember, ({ actor, origin, params, transact }) =>
    transact(async (tx) => {
      await removeMember(app, tx, { actor, origin }, params.id);
      return undefined;
    }),
  );
  offerRoutes(http, app);
}

/** But for the offering, which asks for a proof of the person and stands in journeys. */
function offerRoutes(http: Http, app: App): void {
  serve(http, app, members.getOwnershipOffer, async ({ actor }) => {
    const offer = await app.db.forAccount(actor.accountId, (tx) => findStandingOffer(tx, actor.accountId, app.clock.now()));
    const isShown = offer !== null && (actor.role === "owner" || offer.to.userId === actor.userId);
    return { offer: isShown ? presentOffer(offer) : null };
  });
  serve(http, app, members.endOwnershipOffer, ({ actor, origin, transact }) =>
    transact(async (tx) => {
      await endOwnershipOffer(app, tx, { actor, origin });
      return undefined;
    }),
  );
  serve(http, app, members.takeOwnership, ({ actor, origin, transact }) =>
    transact(async (tx) => {
      const { id, name, slug, role } = await takeOwnership(app, tx, { actor, origin });
      return { account: { id, name, slug, role } };
    }),
  );
}
