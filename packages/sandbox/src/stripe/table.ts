/** What is kept has an id and says what it is. */
export type Kept = {
  readonly id: string;
  readonly object: string;
};

/** Objects of one type, in the order in which they were made, found by id and by the ids that they name. */
export interface Table<T extends Kept> {
  readonly size: number;
  get(id: string): T | undefined;
  /** A new object, or a new state of one. */
  put(object: T): T;
  remove(id: string): void;
  /**
   * Newest first (or oldest first), of all or of those under a key.
   * @param beyond an id from which the walk starts, itself left out; unknown ids give nothing
   */
  walk(options?: {
    readonly under?: string | undefined;
    readonly beyond?: string | undefined;
    readonly oldestFirst?: boolean;
  }): Generator<T>;
  has(id: string): boolean;
}

export interface TableOptions<T extends Kept> {
  /** Ids (of a customer, a subscription) under which an object is to be found. */
  keysOf?(object: T): readonly (string | null)[];
  onPut?(object: T): void;
  onRemove?(id: string): void;
}

/** Ids in the order in which they came; removed ones stay as gaps, so that a place never moves. */
interface Sequence {
  readonly ids: string[];
  readonly places: Map<string, number>;
}

export function openTable<T extends Kept>(options: TableOptions<T> = {}): Table<T> {
  const objects = new Map<string, T>();
  const all: Sequence = { ids: [], places: new Map() };
  const under = new Map<string, Sequence>();
  const keysOf = (object: T): readonly (string | null)[] => options.keysOf?.(object) ?? [];
  return {
    get size() {
      return objects.size;
    },
    get: (id) => objects.get(id),
    has: (id) => objects.has(id),
    put(object) {
      append(all, object.id);
      for (const key of keysOf(object)) if (key !== null) append(sequenceOf(under, key), object.id);
      objects.set(object.id, object);
      options.onPut?.(object);
      return object;
    },
    remove(id) {
      if (objects.delete(id)) options.onRemove?.(id);
    },
    *walk({ under: key, beyond, oldestFirst = false } = {}) {
      const sequence = key === undefined ? all : under.get(key);
      if (sequence === undefined) return;
      const step = oldestFirst ? 1 : -1;
      const place = beyond === undefined ? (oldestFirst ? -1 : sequence.ids.length) : sequence.places.get(beyond);
      if (place === undefined) return;
      for (let index = place + step; index >= 0 && index < sequence.ids.length; index += step) {
        const object = objects.get(sequence.ids[index] ?? "");
        // An object that has moved away (a detached card) is no longer under the key.
        if (object !== undefined && (key === undefined || keysOf(object).includes(key))) yield object;
      }
    },
  };
}

function sequenceOf(sequences: Map<string, Sequence>, key: string): Sequence {
  let sequence = sequences.get(key);
  if (sequence === undefined) {
    sequence = { ids: [], places: new Map() };
    sequences.set(key, sequence);
  }
  return sequence;
}

function append(sequence: Sequence, id: string): void {
  if (sequence.places.has(id)) return;
  sequence.places.set(id, sequence.ids.length);
  sequence.ids.push(id);
}
