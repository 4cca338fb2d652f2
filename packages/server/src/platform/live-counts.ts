import type { RawBuilder } from "kysely";

/** What a countable limit's `used` is counted from, by limit key, asked within one statement. */
export type LiveCounts = Readonly<Record<string, (accountId: RawBuilder<string>) => RawBuilder<number>>>;
