import { type AccessFacts, type AccountState, accountState } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { beginOfPage, cursorAfter } from "../platform/cursor.ts";
import {
  type AccountHead,
  accountsBefore,
  accountsNamed,
  accountsOfAddresses,
  accountsWithWords,
  findNamedAccount,
  loadAccountHeads,
} from "./account-search.store.ts";
import { LOOK_MAX, lookFor, readAhead, type Seen } from "./look-for.ts";

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
 * begins so, then those with a name of such words, and then those of people whose address begins so, each once. All is read along an index, and
 * no request judges more than some thousand accounts, however many there are.
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
  const read = query === null ? readAll(tx) : readMatches(tx, query, state !== null);
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

/** Of a cursor among those with such a word: no id is written so. */
const WORDS = "w";
type Place =
  | { readonly list: "names" | "words"; readonly after: string | null }
  | { readonly list: "addresses"; readonly after: { readonly accountId: string; readonly userId: string } };

/** Three lists, one behind the other: names that begin so, names with such words, addresses. */
const readMatches = (tx: Tx, query: string, isPicky: boolean): Read => {
  const wordsAfter = readAhead((after, count) => accountsWithWords(tx, query, after, count), isPicky ? LOOK_MAX : 0);
  return async (cursor, count) => {
    const place = placeOf(cursor);
    const byName = place.list === "names" ? await accountsNamed(tx, query, place.after, count) : [];
    const seen: Seen<Match>[] = byName.map((id) => ({ thing: once(id), cursor: cursorAfter(id) }));
    if (place.list !== "addresses" && seen.length < count) {
      const byWord = await wordsAfter(place.list === "words" ? place.after : null, count - seen.length);
      seen.push(...byWord.map((id) => ({ thing: once(id), cursor: `${WORDS}.${cursorAfter(id)}` })));
    }
    if (seen.length === count) return seen;
    const from = place.list === "addresses" ? place.after : null;
    const byAddress = await accountsOfAddresses(tx, query.toLowerCase(), from, count - seen.length);
    return [
      ...seen,
      ...byAddress.map((match) => ({ thing: match, cursor: `${cursorAfter(match.accountId)}.${cursorAfter(match.userId)}` })),
    ];
  };
};

/** A cursor of one id stands among the names that begin so, one of two (account, person) among the addresses. */
function placeOf(cursor: string | null): Place {
  const [first, second] = (cursor ?? "").split(".");
  if (second === undefined) return { list: "names", after: beginOfPage(first || undefined) };
  if (first === WORDS) return { list: "words", after: beginOfPage(second) };
  return { list: "addresses", after: { accountId: beginOfPage(first) ?? "", userId: beginOfPage(second) ?? "" } };
}
