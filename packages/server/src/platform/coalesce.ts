export interface Coalescing<Item> {
  /** Items that one run takes at most. */
  readonly batchMax: number;
  readonly runsAtOnce: number;
  /** Does all of `items`, or none and throws. */
  run(items: readonly Item[]): Promise<void>;
  /** true: what was thrown is the fault of no single item (the database is away), so that trying each alone would only take longer */
  isFaultOfNone(error: unknown): boolean;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Takes items that come while a run is under way together into the next one: a transaction costs much the same for one as for many. The
 * first of a quiet time waits for nobody. Where a run of several throws, each is tried again alone, so that one bad item fails alone.
 * @returns does one item; resolves or throws as the run that did it
 */
export function coalesce<Item>(options: Coalescing<Item>): (item: Item) => Promise<void> {
  const waiting: Waiting<Item>[] = [];
  let running = 0;
  const work = async (): Promise<void> => {
    running += 1;
    while (waiting.length > 0) await runTogether(options, waiting.splice(0, options.batchMax));
    running -= 1;
  };
  return (item) =>
    new Promise<void>((done, failed) => {
      waiting.push({ item, done, failed });
      if (running < options.runsAtOnce) void work();
    });
}

/** Tells each of them how it went; throws never. */
async function runTogether<Item>(options: Coalescing<Item>, batch: readonly Waiting<Item>[]): Promise<void> {
  const failure = await failureOf(options, batch);
  if (failure !== null && batch.length > 1 && !options.isFaultOfNone(failure.thrown)) await runEach(options, batch);
  else tell(batch, failure);
}

async function runEach<Item>(options: Coalescing<Item>, batch: readonly Waiting<Item>[]): Promise<void> {
  for (const [index, one] of batch.entries()) {
    const failure = await failureOf(options, [one]);
    tell([one], failure);
    if (failure !== null && options.isFaultOfNone(failure.thrown)) return tell(batch.slice(index + 1), failure);
  }
}

/** Whatever was thrown, in an envelope: `undefined` can be thrown too. */
type Failure = { readonly thrown: unknown } | null;

async function failureOf<Item>({ run }: Coalescing<Item>, batch: readonly Waiting<Item>[]): Promise<Failure> {
  try {
    await run(batch.map(({ item }) => item));
    return null;
  } catch (thrown) {
    return { thrown };
  }
}

function tell<Item>(batch: readonly Waiting<Item>[], failure: Failure): void {
  for (const { done, failed } of batch) {
    if (failure === null) done();
    else failed(failure.thrown);
  }
}
