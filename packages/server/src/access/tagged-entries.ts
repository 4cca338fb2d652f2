/** Entries that are found by key and removed by what they are about. */
export interface TaggedEntries<T> {
  get(key: string): T | undefined;
  /** Takes the place of an entry of the same key; when full, the oldest entry goes. */
  set(key: string, value: T, tags: readonly string[]): void;
  removeTagged(tag: string): void;
  clear(): void;
  readonly size: number;
}

/** @param max entries at the most */
export function openTaggedEntries<T>(max: number): TaggedEntries<T> {
  const entries = new Map<string, { value: T; tags: readonly string[] }>();
  const keysByTag = new Map<string, Set<string>>();
  const remove = (key: string): void => {
    for (const tag of entries.get(key)?.tags ?? []) {
      const keys = keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) keysByTag.delete(tag);
    }
    entries.delete(key);
  };
  return {
    get: (key) => entries.get(key)?.value,
    set(key, value, tags) {
      remove(key);
      const oldest = entries.size >= max ? entries.keys().next().value : undefined;
      if (oldest !== undefined) remove(oldest);
      entries.set(key, { value, tags });
      for (const tag of tags) keysByTag.set(tag, (keysByTag.get(tag) ?? new Set()).add(key));
    },
    removeTagged(tag) {
      for (const key of [...(keysByTag.get(tag) ?? [])]) remove(key);
    },
    clear() {
      entries.clear();
      keysByTag.clear();
    },
    get size() {
      return entries.size;
    },
  };
}
