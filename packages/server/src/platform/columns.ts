import type { ColumnType, JSONColumnType } from "kysely";

/** Read as an object, written as text. */
export type Json = JSONColumnType<object, string, string>;
/** Written once and never changed. */
export type FixedJson = ColumnType<object, string, never>;
export type Fixed<T> = ColumnType<T, T, never>;
