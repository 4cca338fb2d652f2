const AT_ONCE = 8;

/** Sends event after event, a few at once, in the order in which they were pushed. */
export interface Outbox {
  push(ids: readonly string[]): void;
  /** Until everything that was pushed is sent and answered. */
  quiet(): Promise<void>;
  clear(): void;
}

export function openOutbox(send: (id: string) => Promise<unknown>): Outbox {
  let waiting: string[] = [];
  let next = 0;
  let running = 0;
  let listeners: (() => void)[] = [];
  const pump = (): void => {
    while (running < AT_ONCE && next < waiting.length) {
      const id = waiting[next];
      next += 1;
      if (id === undefined) continue;
      running += 1;
      void send(id).finally(() => {
        running -= 1;
        pump();
      });
    }
    if (next === waiting.length) [waiting, next] = [[], 0];
    if (running > 0 || waiting.length > 0) return;
    const woken = listeners;
    listeners = [];
    for (const wake of woken) wake();
  };
  return {
    push(ids) {
      waiting.push(...ids);
      pump();
    },
    quiet: () => (running === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => listeners.push(resolve))),
    clear: () => {
      [waiting, next] = [[], 0];
    },
  };
}
