import type { Adapter, AdapterPayload } from "oidc-provider";

const ENTRIES_MAX = 2000;

/** What the library keeps, in memory: sign-ins under way, and codes for a minute. The oldest go first. */
export function openMemory(): (name: string) => Adapter {
  const entries = new Map<string, AdapterPayload>();
  return (name) => {
    const keyOf = (id: string): string => `${name}:${id}`;
    return {
      upsert(id, payload) {
        entries.delete(keyOf(id));
        entries.set(keyOf(id), payload);
        for (const [oldest] of entries) {
          if (entries.size <= ENTRIES_MAX) break;
          entries.delete(oldest);
        }
        return Promise.resolve();
      },
      find: (id) => Promise.resolve(entries.get(keyOf(id))),
      findByUid: (uid) => Promise.resolve([...entries.values()].find((payload) => payload.uid === uid)),
      findByUserCode: () => Promise.resolve(undefined),
      consume(id) {
        const payload = entries.get(keyOf(id));
        if (payload) entries.set(keyOf(id), { ...payload, consumed: true });
        return Promise.resolve();
      },
      destroy(id) {
        entries.delete(keyOf(id));
        return Promise.resolve();
      },
      revokeByGrantId(grantId) {
        for (const [key, payload] of entries) if (payload.grantId === grantId) entries.delete(key);
        return Promise.resolve();
      },
    };
  };
}
