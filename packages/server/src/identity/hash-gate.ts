import { hash, type Options, parseOptions, verify } from "@node-rs/argon2";
import { refuse } from "../platform/refuse.ts";

/** Argon2id as OWASP's Password Storage Cheat Sheet asks at least: 19 MiB, two passes, one lane. A literal, for `Algorithm` is an ambient const enum. */
export const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const satisfies Options;
const SALT_BYTES_MIN = 16;
/** A full queue drains in about a second: 64 waiting, two at once, some 15 to 30 ms each. */
const RETRY_AFTER_SECONDS = 2;
/** A hash of the same cost whose password nobody knows: 32 random bytes, thrown away. What is verified against it is always wrong. */
const NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$wbqP4ejh9ibD2qW+tWGBjA$W0KgtJl4Y6bZOYa+xu5Xwe7wZS88dqKgHobumhoEWfQ";

/**
 * The one door to password hashing. Hashing is the cheapest denial of service there is (every caller may ask for 19 MiB and 15 ms),
 * and all hashes share libuv's few threads with the file system, so only some run at once, some wait in order, and the rest are refused.
 */
export interface HashGate {
  /** The PHC string to store, with a salt of its own. @throws Refusal too_busy */
  hash(password: string): Promise<string>;
  /** @throws Refusal too_busy  @throws Error when `phc` is no argon2 hash: the row is damaged */
  verify(phc: string, password: string): Promise<boolean>;
  /** The work of a verification where there is no hash, so that an address without a password costs the same (EN-1). @throws Refusal too_busy */
  verifyNothing(password: string): Promise<false>;
  /** Was the hash made with other parameters than today's? Then it is made again while its password is known. @throws Error when `phc` is no argon2 hash */
  needsRehash(phc: string): boolean;
  /** How many wait for a place now. */
  readonly waiting: number;
}

/**
 * @param limits.atOnce hashes that run together: not more than the machine's cores, nor than libuv's threads (4)
 * @param limits.queueMax callers that may wait; the next one is refused at once
 */
export function openHashGate(limits: { atOnce: number; queueMax: number }): HashGate {
  let running = 0;
  const queue = new Set<() => void>();

  const enter = (): Promise<void> | undefined => {
    if (running < limits.atOnce) {
      running += 1;
      return undefined;
    }
    if (queue.size >= limits.queueMax) refuse("too_busy", { retryAfterSeconds: RETRY_AFTER_SECONDS });
    return new Promise((admit) => queue.add(admit));
  };
  // The place is handed to the first in the queue and not given back: nobody who comes just then can overtake.
  const leave = (): void => {
    for (const admit of queue) {
      queue.delete(admit);
      admit();
      return;
    }
    running -= 1;
  };
  const pass = async <T>(work: () => Promise<T>): Promise<T> => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };

  return {
    hash: (password) => pass(() => hash(password, ARGON2ID)),
    verify: (phc, password) => pass(() => verify(phc, password)),
    async verifyNothing(password) {
      await pass(() => verify(NOBODYS_HASH, password));
      return false;
    },
    needsRehash,
    get waiting() {
      return queue.size;
    },
  };
}

function needsRehash(phc: string): boolean {
  const made = parseOptions(phc);
  return (
    made.algorithm !== ARGON2ID.algorithm ||
    made.memoryCost !== ARGON2ID.memoryCost ||
    made.timeCost !== ARGON2ID.timeCost ||
    made.parallelism !== ARGON2ID.parallelism ||
    made.outputLen !== ARGON2ID.outputLen ||
    made.saltLen < SALT_BYTES_MIN
  );
}
