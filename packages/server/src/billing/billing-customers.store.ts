import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** The one checkout that an account may have open. Without a session id Stripe is just being asked for it. */
export interface CheckoutReservation {
  readonly attempt: number;
  readonly plan: string;
  readonly interval: string;
  readonly seats: number;
  readonly trialEnd: Date | null;
  readonly priceId: string;
  readonly expiresAt: Date;
  readonly sessionId: string | null;
}
export interface BillingCustomer {
  readonly accountId: string;
  /** null: Stripe knows no customer of this account yet, or not any more. */
  readonly customerId: string | null;
  readonly generation: number;
  readonly name: string | null;
  readonly email: string | null;
  /** Of the last reservation, also when it is over. */
  readonly attempt: number;
  readonly reservation: CheckoutReservation | null;
}

const COLUMNS = [
  "account_id",
  "customer_id",
  "customer_generation",
  "customer_name",
  "customer_email",
  "checkout_attempt",
  "checkout_plan",
  "checkout_interval",
  "checkout_seats",
  "checkout_trial_end",
  "checkout_price_id",
  "checkout_expires_at",
  "checkout_session_id",
] as const;

/**
 * Locks the account's billing, and makes its row where there is none: whatever changes what an account has at Stripe goes one after the
 * other. The first lock of every transaction that takes it.
 */
export async function lockCustomer(tx: Tx, accountId: string, now: Date): Promise<BillingCustomer> {
  const read = () => tx.selectFrom("billing_customers").select(COLUMNS).where("account_id", "=", accountId).forUpdate().executeTakeFirst();
  const found = await read();
  if (found) return asCustomer(found);
  await tx
    .insertInto("billing_customers")
    .values({ account_id: accountId, created_at: now })
    .onConflict((conflict) => conflict.column("account_id").doNothing())
    .execute();
  const made = await read();
  if (!made) throw new Error("the account's billing row was made and is not there");
  return asCustomer(made);
}

export async function findCustomer(tx: Tx, accountId: string): Promise<BillingCustomer | null> {
  const row = await tx.selectFrom("billing_customers").select(COLUMNS).where("account_id", "=", accountId).executeTakeFirst();
  return row ? asCustomer(row) : null;
}

export async function findAccountOfCustomer(tx: Tx, customerId: string): Promise<string | null> {
  const row = await tx.selectFrom("billing_customers").select("account_id").where("customer_id", "=", customerId).executeTakeFirst();
  return row?.account_id ?? null;
}

/** @returns customer id -> account id, where an account has the customer */
export async function findAccountsOfCustomers(tx: Tx, customerIds: readonly string[]): Promise<Map<string, string>> {
  if (customerIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom("billing_customers")
    .select(["account_id", "customer_id"])
    .where("customer_id", "in", sql<string>`(select unnest(${customerIds}::text[]))`)
    .execute();
  return new Map(rows.flatMap((row) => (row.customer_id === null ? [] : [[row.customer_id, row.account_id]])));
}

export async function accountExists(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx.selectFrom("accounts").select("id").where("id", "=", accountId).executeTakeFirst();
  return row !== undefined;
}

/** What the customer is made with, fixed at the first attempt (C2). */
export async function fixCustomerRequest(tx: Tx, accountId: string, request: { name: string; email: string | null }): Promise<void> {
  await tx
    .updateTable("billing_customers")
    .set({ customer_name: request.name, customer_email: request.email })
    .where("account_id", "=", accountId)
    .where("customer_name", "is", null)
    .execute();
}

/** @returns false where another process was faster; then its id stays */
export async function storeCustomerId(tx: Tx, accountId: string, customerId: string): Promise<boolean> {
  const result = await tx
    .updateTable("billing_customers")
    .set({ customer_id: customerId })
    .where("account_id", "=", accountId)
    .where("customer_id", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The customer is gone at Stripe: the next checkout makes another one, with another key (L19). */
export async function forgetCustomer(tx: Tx, accountId: string, customerId: string): Promise<void> {
  await tx
    .updateTable("billing_customers")
    .set((set) => ({
      customer_id: null,
      customer_name: null,
      customer_email: null,
      customer_generation: set("customer_generation", "+", 1),
      ...NO_RESERVATION,
    }))
    .where("account_id", "=", accountId)
    .where("customer_id", "=", customerId)
    .execute();
}

/** Stripe answered with an error of its own, and would repeat it for this key for a day: the next try takes another key. */
export async function nextGeneration(tx: Tx, accountId: string, generation: number): Promise<void> {
  await tx
    .updateTable("billing_customers")
    .set({ customer_generation: generation + 1 })
    .where("account_id", "=", accountId)
    .where("customer_generation", "=", generation)
    .where("customer_id", "is", null)
    .execute();
}

export async function reserveCheckout(tx: Tx, accountId: string, reservation: Omit<CheckoutReservation, "sessionId">): Promise<void> {
  await tx
    .updateTable("billing_customers")
    .set({
      checkout_attempt: reservation.attempt,
      checkout_plan: reservation.plan,
      checkout_interval: reservation.interval,
      checkout_seats: reservation.seats,
      checkout_trial_end: reservation.trialEnd,
      checkout_price_id: reservation.priceId,
      checkout_expires_at: reservation.expiresAt,
      checkout_session_id: null,
    })
    .where("account_id", "=", accountId)
    .execute();
}

/** @returns false where another attempt has taken its place */
export async function storeCheckoutSession(tx: Tx, accountId: string, attempt: number, sessionId: string): Promise<boolean> {
  const result = await tx
    .updateTable("billing_customers")
    .set({ checkout_session_id: sessionId })
    .where("account_id", "=", accountId)
    .where("checkout_attempt", "=", attempt)
    .where("checkout_plan", "is not", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The checkout is over: paid, expired or given up. @param attempt the one that is over; a later one stays */
export async function endReservation(tx: Tx, accountId: string, attempt: number): Promise<void> {
  await tx
    .updateTable("billing_customers")
    .set(NO_RESERVATION)
    .where("account_id", "=", accountId)
    .where("checkout_attempt", "=", attempt)
    .execute();
}

/** The counter goes on: an idempotency key is never used for another checkout. */
const NO_RESERVATION = {
  checkout_plan: null,
  checkout_interval: null,
  checkout_seats: null,
  checkout_trial_end: null,
  checkout_price_id: null,
  checkout_expires_at: null,
  checkout_session_id: null,
} as const;

/** A ticket for one reading of Stripe, to be taken before it begins: of two readings the higher ticket is the newer (ADR 0008). */
export async function takeTicket(tx: Tx): Promise<number> {
  const result = await sql<{ ticket: number }>`select nextval('stripe_tickets') as ticket`.execute(tx);
  const [row] = result.rows;
  if (!row) throw new Error("the sequence gave no ticket");
  return Number(row.ticket);
}

interface Row {
  account_id: string;
  customer_id: string | null;
  customer_generation: number;
  customer_name: string | null;
  customer_email: string | null;
  checkout_attempt: number;
  checkout_plan: string | null;
  checkout_interval: string | null;
  checkout_seats: number | null;
  checkout_trial_end: Date | null;
  checkout_price_id: string | null;
  checkout_expires_at: Date | null;
  checkout_session_id: string | null;
}

const asCustomer = (row: Row): BillingCustomer => ({
  accountId: row.account_id,
  customerId: row.customer_id,
  generation: row.customer_generation,
  name: row.customer_name,
  email: row.customer_email,
  attempt: row.checkout_attempt,
  reservation: asReservation(row),
});

function asReservation(row: Row): CheckoutReservation | null {
  if (row.checkout_plan === null || row.checkout_interval === null || row.checkout_price_id === null || row.checkout_expires_at === null)
    return null;
  return {
    attempt: row.checkout_attempt,
    plan: row.checkout_plan,
    interval: row.checkout_interval,
    seats: row.checkout_seats ?? 1,
    trialEnd: row.checkout_trial_end,
    priceId: row.checkout_price_id,
    expiresAt: row.checkout_expires_at,
    sessionId: row.checkout_session_id,
  };
}
