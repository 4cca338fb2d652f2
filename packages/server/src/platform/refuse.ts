import type { ErrorCode } from "@gatehouse/contract";

/** More than the code says: fields of the problem document, and how long to wait. Never a secret, never a row of another tenant. */
export interface RefusalDetails {
  readonly reason?: string;
  readonly problems?: readonly { at: string; why: string }[];
  readonly mend?: { action: string; url: string };
  readonly retryAfterSeconds?: number;
  readonly [field: string]: unknown;
}

/** The one way to say no: a row of the error catalogue, thrown. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly details: RefusalDetails;
  constructor(code: ErrorCode, details: RefusalDetails = {}) {
    super(code);
    this.name = "Refusal";
    this.code = code;
    this.details = details;
  }
}

/** @throws Refusal always; as an expression it stands where a value is missing: `find() ?? refuse("x_not_found")` */
export function refuse(code: ErrorCode, details?: RefusalDetails): never {
  throw new Refusal(code, details);
}
