import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Where randomness comes from, so that a test can name what it will be. */
export interface Ids {
  /** A UUIDv7 (RFC 9562, section 5.7): sorts by the product's time of its making. */
  next(): string;
  /** 256 random bits in base64url, 43 characters. */
  token(): string;
  bytes(count: number): Buffer;
}

export function randomIds(clock: Clock): Ids {
  let last = { milliseconds: 0, sequence: 0 };
  return {
    next() {
      last = step(last, clock.now().getTime());
      return uuidV7(last.milliseconds, last.sequence, randomBytes(8));
    },
    token: () => randomBytes(32).toString("base64url"),
    bytes: (count) => randomBytes(count),
  };
}

const SEQUENCE_MAX = 0xfff;
/** Within a millisecond ids are counted, so that what one process makes later also sorts later; a full or backward clock borrows time. */
function step(last: { milliseconds: number; sequence: number }, now: number): { milliseconds: number; sequence: number } {
  if (now > last.milliseconds) return { milliseconds: now, sequence: 0 };
  if (last.sequence < SEQUENCE_MAX) return { milliseconds: last.milliseconds, sequence: last.sequence + 1 };
  return { milliseconds: last.milliseconds + 1, sequence: 0 };
}

/**
 * 48 bits of Unix milliseconds, a sequence of 12 bits, and 62 random bits around the version and variant (RFC 9562, sections 5.7 and 6.2).
 * @param random 8 bytes
 */
export function uuidV7(milliseconds: number, sequence: number, random: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  bytes.writeUInt16BE(0x7000 | sequence, 6);
  random.copy(bytes, 8, 0, 8);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What is stored of a token (law 7). Tokens have 256 bits of entropy, so a fast hash without salt is enough. */
export const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();
