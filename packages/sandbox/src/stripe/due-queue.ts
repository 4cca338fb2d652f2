/** What is to happen at a time, earliest first; of one time, in the order in which it was entered. */
export interface DueQueue {
  /** Puts the id at this time, in place of any other; null takes it out. */
  schedule(id: string, at: number | null): void;
  /** The earliest; null: nothing. */
  peek(): Due | null;
  /** Takes the earliest out. */
  take(): Due | null;
}

export interface Due {
  readonly id: string;
  readonly at: number;
}

interface Entry extends Due {
  readonly order: number;
}

/** A binary heap; an id that was moved leaves an entry behind, which is dropped when it comes up. */
export function openDueQueue(): DueQueue {
  const heap: Entry[] = [];
  const current = new Map<string, Entry>();
  let order = 0;
  const dropStale = (): Entry | null => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (current.get(top.id) === top) return top;
      removeTop(heap);
    }
    return null;
  };
  return {
    schedule(id, at) {
      if (current.get(id)?.at === at) return;
      if (at === null) current.delete(id);
      else {
        order += 1;
        const entry = { id, at, order };
        current.set(id, entry);
        insert(heap, entry);
      }
    },
    peek: dropStale,
    take() {
      const top = dropStale();
      if (top === null) return null;
      removeTop(heap);
      current.delete(top.id);
      return top;
    },
  };
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

function insert(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(entry, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function removeTop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const leftEntry = heap[left];
    if (leftEntry === undefined) break;
    const rightEntry = heap[left + 1];
    const [child, entry] = rightEntry !== undefined && isBefore(rightEntry, leftEntry) ? [left + 1, rightEntry] : [left, leftEntry];
    if (!isBefore(entry, last)) break;
    heap[index] = entry;
    index = child;
  }
  heap[index] = last;
}
