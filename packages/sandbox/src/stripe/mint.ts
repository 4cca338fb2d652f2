import { createHmac } from "node:crypto";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BLOCK_BYTES = 64;

/** Makes ids that look like Stripe's, cut from a stream that follows from a secret: the same secret and the same calls give the same ids. */
export interface Mint {
  /** How much of the stream is used up. */
  readonly used: number;
  /** @param length of what follows the prefix */
  id(prefix: string, length?: number): string;
  /** Goes on after what was used before. */
  skipTo(used: number): void;
}

export function openMint(secret: string): Mint {
  let used = 0;
  let block = -1;
  let bytes: Buffer = Buffer.alloc(0);
  const next = (): number => {
    const place = Math.floor(used / BLOCK_BYTES);
    if (place !== block) {
      block = place;
      bytes = digestOf(secret, `ids ${block}`);
    }
    const byte = bytes[used % BLOCK_BYTES] ?? 0;
    used += 1;
    return byte;
  };
  return {
    get used() {
      return used;
    },
    id(prefix, length = 24) {
      let id = prefix;
      for (let index = 0; index < length; index += 1) id += LETTERS[next() % LETTERS.length];
      return id;
    },
    skipTo(reached) {
      used = Math.max(used, reached);
    },
  };
}

/** Letters and digits that follow from a secret and a name; at most 64. */
export function derived(secret: string, name: string, length: number): string {
  const bytes = digestOf(secret, name).subarray(0, length);
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

function digestOf(secret: string, name: string): Buffer {
  return createHmac("sha512", secret).update(name).digest();
}
