import type { Tx } from "../platform/app.ts";

/** An account that is erased is named by no lead any more, nor is who asked for it. */
export async function unlinkLeadsOfAccount(tx: Tx, accountId: string, at: Date): Promise<void> {
  await tx
    .updateTable("sales_leads")
    .set((set) => ({ linked_account_id: null, linked_user_id: null, version: set("version", "+", 1), updated_at: at }))
    .where("linked_account_id", "=", accountId)
    .execute();
}

/**
 * Takes out of the leads of a person who is erased whatever they told us, and what was noted about them; that there was a lead, and what
 * became of it, stays.
 * @param person.normalisedEmail an address that is proven to be theirs; null: anybody could have registered it, and nobody erases what
 *   somebody else told us by registering their address
 */
export async function eraseLeadsOfPerson(
  tx: Tx,
  person: { readonly userId: string; readonly normalisedEmail: string | null },
  at: Date,
): Promise<void> {
  const erased = await tx
    .updateTable("sales_leads")
    .set((set) => ({
      name: null,
      email: null,
      email_normalised: null,
      company: null,
      size: null,
      message: null,
      linked_user_id: null,
      version: set("version", "+", 1),
      updated_at: at,
    }))
    .where((row) =>
      row.or([
        row("linked_user_id", "=", person.userId),
        ...(person.normalisedEmail === null ? [] : [row("email_normalised", "=", person.normalisedEmail)]),
      ]),
    )
    .returning("id")
    .execute();
  if (erased.length === 0) return;
  await tx
    .deleteFrom("sales_lead_notes")
    .where(
      "lead_id",
      "in",
      erased.map(({ id }) => id),
    )
    .execute();
}
