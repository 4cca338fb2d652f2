import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { Ids } from "./ids.ts";

/** What is made of the server's one secret. Each purpose has a key of its own (HKDF, RFC 5869), so that no value serves for another. */
export interface Secrets {
  /** The token in a mail's link: HMAC of purpose and row id. The row holds its hash and the job only the row's id (mechanism 2). */
  mailToken(purpose: MailPurpose, rowId: string): string;
  /** The successor of a refresh token: derived, so that a repeat within the window can be answered while only hashes are stored. */
  refreshSuccessor(presented: string): string;
  /** Seals a private signing key for the database. */
  seal: Sealer["seal"];
  open: Sealer["open"];
  /** Seals what a browser carries to a provider and back. */
  readonly states: Sealer;
  /** A keyed digest for values that must be compared and never read: rate-limit buckets. */
  digest(purpose: string, value: string): Buffer;
}
/** AES-256-GCM, NIST SP 800-38D. */
export interface Sealer {
  seal(text: string, ids: Pick<Ids, "bytes">): Buffer;
  /** @throws Error when the box was made with another secret, for another purpose, or changed */
  open(box: Buffer): string;
}
export type MailPurpose =
  | "verify_email"
  | "reset_password"
  | "claim_address"
  | "confirm_email"
  | "invite"
  | "waitlist_leave"
  | "waitlist_ticket";

export function secretsFrom(serverSecret: string): Secrets {
  // Key objects: of bytes, each HMAC would import its key anew, which takes six times as long as the HMAC.
  const keyFor = (purpose: string): KeyObject => createSecretKey(Buffer.from(hkdfSync("sha256", serverSecret, "gatehouse", purpose, 32)));
  const mailKey = keyFor("mail-token");
  const refreshKey = keyFor("refresh-successor");
  const sealKey = keyFor("signing-key-seal");
  const digestKey = keyFor("digest");
  return {
    mailToken: (purpose, rowId) => createHmac("sha256", mailKey).update(`${purpose}\n${rowId}`).digest("base64url"),
    refreshSuccessor: (presented) => createHmac("sha256", refreshKey).update(presented).digest("base64url"),
    ...sealerOf(sealKey),
    states: sealerOf(keyFor("oauth-state")),
    digest: (purpose, value) => createHmac("sha256", digestKey).update(`${purpose}\n${value}`).digest(),
  };
}

function sealerOf(key: KeyObject): Sealer {
  return {
    seal(text, ids) {
      const nonce = ids.bytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(box) {
      const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, 12));
      decipher.setAuthTag(box.subarray(12, 28));
      return Buffer.concat([decipher.update(box.subarray(28)), decipher.final()]).toString("utf8");
    },
  };
}
