import { invites } from "@gatehouse/contract";
import { INVITE_ROWS_MAX, INVITE_VERDICTS, type InviteRow, maskEmail, readInviteList, whyDead } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { beginOfPage, pageOf } from "../platform/cursor.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { limitResends, resendInvite, revokeInvite } from "./change-invite.ts";
import { findInviteMail, findInviteView, type InviteView, listInvites } from "./invite-lists.store.ts";
import { type Invited, invitePeople } from "./invite-people.ts";
import { findInviteOfToken } from "./invites.store.ts";
import { refuseSeat } from "./refuse-seat.ts";

/** Never guarded: a team is looked after whatever became of its plan. */
export function inviteRoutes(http: Http, app: App): void {
  createRoutes(http, app);
  changeRoutes(http, app);
  serve(http, app, invites.readInvite, ({ params }) => showInvite(app, params.token));
}

function createRoutes(http: Http, app: App): void {
  serve(http, app, invites.createInvite, ({ actor, body, origin, transact }) =>
    transact(async (tx) => {
      const list = { rows: [{ email: body.email, role: null }], defaultRole: body.role };
      const { rows, seats } = await invitePeople(app, tx, { actor, origin }, list);
      const [row] = rows;
      if (row?.verdict === "already_member") refuse("invite_already_member");
      if (row?.verdict === "already_invited") refuse("invite_already_open", { invite_id: row.inviteId });
      if (row?.verdict === "no_seat") refuseSeat(app, seats);
      return presentInvite(await viewOf(app, tx, actor.accountId, row?.inviteId ?? null));
    }),
  );
  serve(http, app, invites.inviteMany, ({ actor, body, origin, transact }) => {
    const list = rowsOf(body);
    return transact(async (tx) => {
      const { rows } = await invitePeople(app, tx, { actor, origin }, { rows: list, defaultRole: body.role });
      return presentVerdicts(rows);
    });
  });
  serve(http, app, invites.listInvites, async ({ actor, query }) => {
    const before = beginOfPage(query.cursor);
    const found = await app.db.forAccount(actor.accountId, (tx) =>
      listInvites(tx, actor.accountId, { before, limit: query.limit + 1, state: query.state ?? null }, app.clock.now()),
    );
    const { items, nextCursor } = pageOf(found, query.limit);
    return { items: items.map(presentInvite), next_cursor: nextCursor };
  });
}

function changeRoutes(http: Http, app: App): void {
  serve(http, app, invites.resendInvite, async ({ actor, params, origin, replayIfAnswered, transact }) => {
    await replayIfAnswered();
    await limitResends(app, actor, params.id);
    return transact(async (tx) => {
      await resendInvite(app, tx, { actor, origin }, params.id);
      return presentInvite(await viewOf(app, tx, actor.accountId, params.id));
    });
  });
  serve(http, app, invites.revokeInvite, ({ actor, params, origin, transact }) =>
    transact(async (tx) => {
      await revokeInvite(app, tx, { actor, origin }, params.id);
      return undefined;
    }),
  );
}

/** @throws Refusal invite_list_too_long */
function rowsOf(body: { rows?: readonly InviteRow[] | undefined; list?: string | undefined }): readonly InviteRow[] {
  const rows = body.rows ?? readInviteList(body.list ?? "");
  if (rows.length > INVITE_ROWS_MAX) refuse("invite_list_too_long", { limit: INVITE_ROWS_MAX, rows: rows.length });
  return rows;
}

/** What the holder of a link may know: what the mail said. @throws Refusal invite_not_found | invite_revoked | invite_used | invite_expired */
async function showInvite(app: Pick<App, "db" | "clock">, token: string) {
  const mail = await app.db.asSystem("invite token: its account is not known before it is read", async (tx) => {
    const found = await findInviteOfToken(tx, hashToken(token));
    return found ? findInviteMail(tx, found.accountId, found.inviteId) : null;
  });
  if (mail === null || mail.isDeleted) return refuse("invite_not_found");
  const refusal = whyDead(mail, app.clock.now());
  if (refusal) refuse(refusal);
  return {
    account: { name: mail.team },
    invited_by: mail.inviter,
    role: mail.role,
    email_hint: maskEmail(mail.email),
    expires_at: mail.expiresAt.toISOString(),
  };
}

/** @throws Refusal invite_not_found */
const viewOf = async (app: Pick<App, "clock">, tx: Tx, accountId: string, inviteId: string | null): Promise<InviteView> =>
  (inviteId === null ? null : await findInviteView(tx, accountId, inviteId, app.clock.now())) ?? refuse("invite_not_found");

const presentInvite = (invite: InviteView) => ({
  id: invite.id,
  email: invite.email,
  role: invite.role,
  state: invite.state,
  invited_by: invite.invitedBy === null ? null : { user_id: invite.invitedBy.userId, name: invite.invitedBy.name },
  created_at: invite.createdAt.toISOString(),
  expires_at: invite.expiresAt.toISOString(),
  email_sent_at: invite.emailSentAt?.toISOString() ?? null,
  accepted_at: invite.acceptedAt?.toISOString() ?? null,
  revoked_at: invite.revokedAt?.toISOString() ?? null,
});

function presentVerdicts(rows: readonly Invited[]) {
  const counts = Object.fromEntries(INVITE_VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]));
  return {
    items: rows.map((row, index) => ({
      row: index + 1,
      email: row.email,
      verdict: row.verdict,
      why: row.verdict === "invalid" ? row.why : null,
      invite_id: row.inviteId,
    })),
    counts: counts as Record<(typeof INVITE_VERDICTS)[number], number>,
  };
}
