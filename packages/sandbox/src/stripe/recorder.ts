import type { StripeEvent } from "./engine-face.ts";
import type { Kept } from "./table.ts";

/** What a change was made of, in its order: what the journal writes down. */
export type Change =
  | { readonly kind: "put"; readonly table: string; readonly object: Kept }
  | { readonly kind: "remove"; readonly table: string; readonly id: string }
  | { readonly kind: "event"; readonly event: StripeEvent }
  | { readonly kind: "delivered"; readonly id: string };

export interface Recorder {
  note(change: Change): void;
  /** Changes that are made within are handed on together, at the end of the outermost. */
  within<T>(work: () => T): T;
  /** What is noted meanwhile is forgotten. */
  silently(work: () => void): void;
}

export function openRecorder(onChanges: (changes: readonly Change[]) => void): Recorder {
  let changes: Change[] = [];
  let depth = 0;
  let isSilent = false;
  return {
    note(change) {
      if (!isSilent) changes.push(change);
    },
    within(work) {
      depth += 1;
      try {
        return work();
      } finally {
        depth -= 1;
        if (depth === 0 && changes.length > 0) {
          const done = changes;
          changes = [];
          onChanges(done);
        }
      }
    },
    silently(work) {
      isSilent = true;
      try {
        work();
      } finally {
        isSilent = false;
      }
    },
  };
}
