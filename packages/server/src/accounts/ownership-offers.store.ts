import type { OwnershipOffer, Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

export interface StoredOffer extends OwnershipOffer {
  readonly id: string;
}
/** As the two and the other owners see it. */
export interface ShownOffer {
  readonly id: string;
  readonly from: { readonly userId: string; readonly name: string };
  readonly to: { readonly userId: string; readonly name: string };
  readonly roleAfter: Role;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
/** What the mails about an offer say. */
export interface OfferMail {
  readonly offer: StoredOffer;
  readonly team: string;
  readonly from: { readonly name: string; readonly email: string };
  readonly to: { readonly name: string; readonly email: string };
}
/** `overtaken`: by a newer one; `member_gone`: one of the two is no member any more. */
export type OfferEnd = "withdrawn" | "declined" | "overtaken" | "member_gone";

const COLUMNS = ["id", "offered_by", "offered_to", "role_after", "expires_at", "accepted_at", "ended_at"] as const;
interface Row {
  id: string;
  offered_by: string;
  offered_to: string;
  role_after: Role;
  expires_at: Date;
  accepted_at: Date | null;
  ended_at: Date | null;
}
const asOffer = (row: Row): StoredOffer => ({
  id: row.id,
  offeredBy: row.offered_by,
  offeredTo: row.offered_to,
  roleAfter: row.role_after,
  expiresAt: row.expires_at,
  acceptedAt: row.accepted_at,
  endedAt: row.ended_at,
});

export interface NewOffer {
  readonly accountId: string;
  readonly id: string;
  readonly offeredBy: string;
  readonly offeredTo: string;
  readonly roleAfter: Role;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
export async function insertOffer(tx: Tx, offer: NewOffer): Promise<void> {
  await tx
    .insertInto("ownership_offers")
    .values({
      account_id: offer.accountId,
      id: offer.id,
      offered_by: offer.offeredBy,
      offered_to: offer.offeredTo,
      role_after: offer.roleAfter,
      created_at: offer.createdAt,
      expires_at: offer.expiresAt,
      accepted_at: null,
      ended_at: null,
      ended_reason: null,
    })
    .execute();
}

/** The one that was neither taken nor ended, also when it has expired. Who changes it holds the account (`lockMembers`): no lock of its own. */
export async function findOpenOffer(tx: Tx, accountId: string): Promise<StoredOffer | null> {
  const row = await openOffers(tx, accountId).select(COLUMNS).executeTakeFirst();
  return row ? asOffer(row) : null;
}
const openOffers = (tx: Tx, accountId: string) =>
  tx.selectFrom("ownership_offers").where("account_id", "=", accountId).where("accepted_at", "is", null).where("ended_at", "is", null);

/** The open offer, if it still stands: it has not expired, and who made it is an owner. */
export async function findStandingOffer(tx: Tx, accountId: string, now: Date): Promise<ShownOffer | null> {
  const row = await tx
    .selectFrom("ownership_offers as o")
    .innerJoin("memberships as g", (join) => join.onRef("g.account_id", "=", "o.account_id").onRef("g.user_id", "=", "o.offered_by"))
    .innerJoin("memberships as t", (join) => join.onRef("t.account_id", "=", "o.account_id").onRef("t.user_id", "=", "o.offered_to"))
    .innerJoin("users as giver", "giver.id", "o.offered_by")
    .innerJoin("users as taker", "taker.id", "o.offered_to")
    .select(["o.id", "o.offered_by", "o.offered_to", "o.role_after", "o.created_at", "o.expires_at"])
    .select(["giver.name as from_name", "taker.name as to_name"])
    .where("o.account_id", "=", accountId)
    .where("o.accepted_at", "is", null)
    .where("o.ended_at", "is", null)
    .where("o.expires_at", ">", now)
    .where("g.role", "=", "owner")
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    from: { userId: row.offered_by, name: row.from_name },
    to: { userId: row.offered_to, name: row.to_name },
    roleAfter: row.role_after,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** As the system: by then one of the two may be no member of the account, or deleted, and then it is null. */
export async function findOfferMail(tx: Tx, accountId: string, offerId: string): Promise<OfferMail | null> {
  const row = await tx
    .selectFrom("ownership_offers as o")
    .innerJoin("accounts as a", "a.id", "o.account_id")
    .innerJoin("users as giver", "giver.id", "o.offered_by")
    .innerJoin("users as taker", "taker.id", "o.offered_to")
    .select(COLUMNS.map((column) => `o.${column}` as const))
    .select(["a.name as team", "giver.name as from_name", "giver.email as from_email", "taker.name as to_name", "taker.email as to_email"])
    .where("o.account_id", "=", accountId)
    .where("o.id", "=", offerId)
    .where("giver.deleted_at", "is", null)
    .where("taker.deleted_at", "is", null)
    .executeTakeFirst();
  if (!row) return null;
  return {
    offer: asOffer(row),
    team: row.team,
    from: { name: row.from_name, email: row.from_email },
    to: { name: row.to_name, email: row.to_email },
  };
}

export async function markTaken(tx: Tx, accountId: string, offerId: string, at: Date): Promise<void> {
  await tx.updateTable("ownership_offers").set({ accepted_at: at }).where("account_id", "=", accountId).where("id", "=", offerId).execute();
}

/** Ends the open offer, if there is one. */
export async function endOpenOffer(tx: Tx, accountId: string, reason: OfferEnd, at: Date): Promise<void> {
  await openEndings(tx, accountId, reason, at).execute();
}
/** Ends what a member who goes has offered or was offered. */
export async function endOffersOf(tx: Tx, accountId: string, userId: string, at: Date): Promise<void> {
  await openEndings(tx, accountId, "member_gone", at)
    .where((where) => where.or([where("offered_by", "=", userId), where("offered_to", "=", userId)]))
    .execute();
}
const openEndings = (tx: Tx, accountId: string, reason: OfferEnd, at: Date) =>
  tx
    .updateTable("ownership_offers")
    .set({ ended_at: at, ended_reason: reason })
    .where("account_id", "=", accountId)
    .where("accepted_at", "is", null)
    .where("ended_at", "is", null);
