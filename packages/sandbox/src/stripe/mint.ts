import { createHmac } from "node:crypto";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Makes ids that look like Stripe's, each from a secret and a counter: the same secret and the same calls give the same ids. */
export interface Mint {
  readonly counter: number;
  /** @param length of what follows the prefix */
  id(prefix: string, length?: number): string;
  /** Goes on after ids that were made before. */
  skipTo(counter: number): void;
}

export function openMint(secret: string): Mint {
  let counter = 0;
  return {
    get counter() {
      return counter;
    },
    id(prefix, length = 24) {
      counter += 1;
      return `${prefix}${derived(secret, `id ${counter}`, length)}`;
    },
    skipTo(reached) {
      counter = Math.max(counter, reached);
    },
  };
}

/** Letters and digits that follow from a secret and a name; at most 64. */
export function derived(secret: string, name: string, length: number): string {
  const bytes = createHmac("sha512", secret).update(name).digest();
  let letters = "";
  for (let index = 0; index < Math.min(length, 64); index += 1) letters += LETTERS[(bytes[index] ?? 0) % LETTERS.length];
  return letters;
}
