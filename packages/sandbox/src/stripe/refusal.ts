export interface RefusalDetails {
  readonly code?: string;
  readonly param?: string;
  readonly declineCode?: string;
  /** Ids of what was made all the same, and other fields of the error object. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What the API answers with instead of an object. https://docs.stripe.com/api/errors */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly details: RefusalDetails;

  constructor(status: number, type: string, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = "StripeRefusal";
    this.status = status;
    this.type = type;
    this.details = details;
  }
}

/** 400: the request is wrong in itself, or cannot be done in the state that things are in. */
export function invalid(message: string, details: RefusalDetails = {}): StripeRefusal {
  return new StripeRefusal(400, "invalid_request_error", message, details);
}

/** 404: there is no such object. In a parameter it is a 400. */
export function missing(what: string, id: string, param = "id"): StripeRefusal {
  return new StripeRefusal(param === "id" ? 404 : 400, "invalid_request_error", `No such ${what}: '${id}'`, {
    code: "resource_missing",
    param,
  });
}

export function missingParam(param: string): StripeRefusal {
  return invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}

/** 402: the card says no. */
export function cardRefusal(
  code: string,
  declineCode: string | null,
  message: string,
  extra: Readonly<Record<string, unknown>> = {},
): StripeRefusal {
  return new StripeRefusal(402, "card_error", message, { code, ...(declineCode ? { declineCode } : {}), extra });
}
