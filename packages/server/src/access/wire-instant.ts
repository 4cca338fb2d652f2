/** An instant as the wire says it: ISO 8601 in UTC, to the millisecond. */
export const wireInstant = (at: Date | null): string | null => at?.toISOString() ?? null;
