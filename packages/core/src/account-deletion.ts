/** Days in which a deletion can be undone; after that the account is erased. */
export const DELETION_UNDO_DAYS = 14;

/**
 * Did the person type the account's name, as they were asked to? Spaces around and between the words do not count, letters do: the
 * purpose is that nobody deletes the wrong account, not that they type well.
 */
export function confirmsDeletion(accountName: string, typed: string): boolean {
  return plain(typed) === plain(accountName);
}

const plain = (text: string): string => text.normalize("NFC").trim().replaceAll(/\s+/g, " ");

/** An account that is to be erased. */
export interface AccountDeletion {
  readonly requestedAt: Date;
  readonly dueAt: Date;
  readonly undoneAt: Date | null;
  readonly erasedAt: Date | null;
}

/** `pending` can be undone; what is `due` is erased by the next job, and not undone any more. */
export function deletionState(deletion: AccountDeletion | null, now: Date): "none" | "pending" | "due" | "erased" {
  if (deletion === null || deletion.undoneAt !== null) return "none";
  if (deletion.erasedAt !== null) return "erased";
  return now < deletion.dueAt ? "pending" : "due";
}
