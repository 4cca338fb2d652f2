import { type AccessFacts, type AccountState, accountState } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { beginOfPage, cursorAfter } from "../platform/cursor.ts";
import {
  type AccountHead,
  accountsBefore,
  accountsNamed,
  accountsOfAddresses,
  findNamedAccount,
  loadAccountHeads,
} from "./account-search.store.ts";
import { lookFor, type Seen } from "./look-for.ts";

export interface AccountSearch {
  /** null: all */
  readonly query: string | null;
  readonly state: AccountState | null;
  readonly cursor: string | undefined;
  readonly limit: number;
}
export type FoundAccount = AccountHead & { readonly state: AccountState; readonly plan: string | null };
interface Match {
  readonly accountId: string;
  readonly isFoundBefore: boolean;
}

/**
 * Accounts by what an operator may know of them. What is named whole (an id, a slug, a customer) is alone; else come those whose name
 * begins so, and then those of people whose address does, each once. Nothing here is read but along an index and in its order, and no
 * request looks at more than some thousand accounts, however many there are.
 *
 * @param tx the system's: all accounts are searched
 * @throws Refusal invalid_request when the cursor is none of ours
 */
export async function searchAccounts(app: Pick<App, "clock" | "policy">, tx: Tx, search: AccountSearch) {
  const { query, state, limit, cursor } = search;
  const now = app.clock.now();
  const judge = async (matches: readonly Match[]): Promise<(FoundAccount | null)[]> => {
    const ids = [...new Set(matches.filter(({ isFoundBefore }) => !isFoundBefore).map(({ accountId }) => accountId))];
    const facts = await loadAccessFacts(tx, ids);
    // What is told of an account beside its facts is read of those alone that may be wanted.
    const isLikely = (known: AccessFacts): boolean =>
      state === null || accountState(known, state === "erased" ? known.accountDeletedAt : null, now, app.policy).state === state;
    const heads = await loadAccountHeads(
      tx,
      [...facts].filter(([, known]) => isLikely(known)).map(([id]) => id),
    );
    return matches.map(({ accountId, isFoundBefore }) => {
      const [head, known] = [heads.get(accountId), facts.get(accountId)];
      if (isFoundBefore || !head || !known) return null;
      const account = { ...head, ...accountState(known, head.erasedAt, now, app.policy) };
      return state === null || account.state === state ? account : null;
    });
  };
  const named = query === null ? null : await findNamedAccount(tx, query);
  if (named !== null) {
    const [account] = await judge([{ accountId: named, isFoundBefore: false }]);
    return { items: account ? [account] : [], nextCursor: null };
  }
  const read = query === null ? readAll(tx) : readMatches(tx, query);
  return lookFor({ after: cursor ?? null, limit, isPicky: state !== null, read, judge });
}

type Read = (after: string | null, count: number) => Promise<Seen<Match>[]>;
const once = (accountId: string): Match => ({ accountId, isFoundBefore: false });

const readAll =
  (tx: Tx): Read =>
  async (after, count) => {
    const ids = await accountsBefore(tx, beginOfPage(after ?? undefined), count);
    return ids.map((id) => ({ thing: once(id), cursor: cursorAfter(id) }));
  };

/** A cursor of one id stands among the names, one of two (account, person) among the addresses. */
const readMatches =
  (tx: Tx, query: string): Read =>
  async (after, count) => {
    const [account, person] = (after ?? "").split(".");
    const isPastNames = person !== undefined;
    const byName = isPastNames ? [] : await accountsNamed(tx, query, beginOfPage(account || undefined), count);
    const seen: Seen<Match>[] = byName.map((id) => ({ thing: once(id), cursor: cursorAfter(id) }));
    if (seen.length === count) return seen;
    const from = isPastNames ? { accountId: beginOfPage(account) ?? "", userId: beginOfPage(person) ?? "" } : null;
    const byAddress = await accountsOfAddresses(tx, query.toLowerCase(), from, count - seen.length);
    return [
      ...seen,
      ...byAddress.map((match) => ({ thing: match, cursor: `${cursorAfter(match.accountId)}.${cursorAfter(match.userId)}` })),
    ];
  };
