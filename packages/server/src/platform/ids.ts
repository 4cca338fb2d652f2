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
  return {
    next: () => uuidV7(clock.now().getTime(), randomBytes(10)),
    token: () => randomBytes(32).toString("base64url"),
    bytes: (count) => randomBytes(count),
  };
}

/** 48 bits of Unix milliseconds, then 74 random bits around the version and variant. */
export function uuidV7(milliseconds: number, random: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  random.copy(bytes, 6, 0, 10);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What is stored of a token (law 7). Tokens have 256 bits of entropy, so a fast hash without salt is enough. */
export const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();
