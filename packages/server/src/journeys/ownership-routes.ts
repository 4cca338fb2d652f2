import { members } from "@gatehouse/contract";
import { presentOffer } from "../accounts/present-members.ts";
import { confirmPerson } from "../identity/confirm-person.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { offerOwnership } from "./offer-ownership.ts";

export function ownershipRoutes(http: Http, app: App & { readonly hashes: HashGate }): void {
  serve(http, app, members.offerOwnership, async ({ actor, body, origin, transact }) => {
    const confirmed = await confirmPerson(app, actor, body.password ?? null);
    const offered = { memberId: body.member_id, roleAfter: body.role_after };
    return transact(async (tx) => presentOffer(await offerOwnership(app, tx, { actor, confirmed, origin }, offered)));
  });
}
