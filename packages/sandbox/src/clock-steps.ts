/** The product's clock, as far as the sandbox moves it. */
export interface SandboxClock {
  now(): Date;
  /** How far it is ahead of the real time. */
  offsetMilliseconds(): number;
  /** Moves it forward, and does nothing else. */
  move(milliseconds: number): Promise<void>;
  /** Returns when the product has done what is due at the clock's time. */
  settle(): Promise<void>;
}

/** What does things by itself as time passes: Stripe renews, retries and ends trials. */
export interface TimeKeeper {
  nextDueAt(): Date | null;
  /** Returns when what is due at the clock's time is done, and the product was told of it. */
  settle(): Promise<void>;
}

/** More are not made on one way, however much falls due: what lies nearer together than such a part of the way is done in one step. */
export const STEPS_MAX = 5_000;
/** Stripe's time has no parts of a second. */
const LEAST_MILLISECONDS = 1_000;

/**
 * Moves the clock forward, and stops wherever Stripe does something, so that each renewal, retry and mail happens at its own time and
 * the product sees what follows from one before the next.
 * @param milliseconds how far, from 0
 */
export async function advanceInSteps(clock: SandboxClock, keeper: TimeKeeper | null, milliseconds: number): Promise<void> {
  if (keeper === null) {
    await clock.move(milliseconds);
    return await clock.settle();
  }
  // By the offset: the clock itself runs on meanwhile.
  const goal = clock.offsetMilliseconds() + milliseconds;
  const least = Math.max(LEAST_MILLISECONDS, Math.ceil(milliseconds / STEPS_MAX));
  await keeper.settle();
  for (;;) {
    const left = goal - clock.offsetMilliseconds();
    const away = millisecondsUntil(keeper.nextDueAt(), clock.now());
    if (left <= 0 || away > left) break;
    await clock.move(Math.min(left, Math.max(away, least)));
    // First Stripe tells of it, as it would in the world; the product, left to itself, would have looked.
    await keeper.settle();
    await clock.settle();
  }
  await clock.move(Math.max(0, goal - clock.offsetMilliseconds()));
  await keeper.settle();
  await clock.settle();
}

const millisecondsUntil = (due: Date | null, now: Date): number =>
  due === null ? Number.POSITIVE_INFINITY : due.getTime() - now.getTime();
