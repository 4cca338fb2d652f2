import type { ErrorRow, Problem } from "@gatehouse/contract";
import { isConnectionLoss } from "./db.ts";
import type { Log } from "./log.ts";
import { Refusal, type RefusalDetails } from "./refuse.ts";

/** Every code that this server may answer with: Gatehouse's own and those of the app. */
export type ErrorCatalogue = Readonly<Record<string, ErrorRow>>;

export interface ProblemAnswer {
  readonly status: number;
  readonly body: Problem;
  readonly retryAfterSeconds: number | null;
}

/**
 * Turns whatever was thrown into the one shape of a refusal. What is not a refusal is our fault: logged whole, answered with nothing
 * but the request id, so that no SQL, path or version leaves the house (LG-3).
 */
export function toProblem(
  thrown: unknown,
  context: { catalogue: ErrorCatalogue; baseUrl: string; requestId: string; log: Log },
): ProblemAnswer {
  const refusal = asRefusal(thrown);
  if (refusal === null || refusal.code === "database_unavailable") {
    context.log.error(
      { err: refusal?.cause ?? thrown, request_id: context.requestId },
      refusal ? "the database cannot be reached" : "request failed",
    );
  }
  const code = refusal?.code ?? "internal_error";
  const row = context.catalogue[code];
  if (!row) throw new Error(`the error code ${code} is not in the catalogue`);
  const { retryAfterSeconds, ...fields } = refusal?.details ?? ({} as RefusalDetails);
  return {
    status: row.status,
    retryAfterSeconds: retryAfterSeconds ?? null,
    body: {
      type: `${context.baseUrl}/api/docs/errors/${code}`,
      title: row.title,
      status: row.status,
      code,
      detail: row.mend,
      request_id: context.requestId,
      ...fields,
    } as Problem,
  };
}

function asRefusal(thrown: unknown): Refusal | null {
  if (thrown instanceof Refusal) return thrown;
  if (isConnectionLoss(thrown)) {
    const refusal = new Refusal("database_unavailable", { retryAfterSeconds: 2 });
    refusal.cause = thrown;
    return refusal;
  }
  const code = fastifyCode(thrown);
  return code === null ? null : new Refusal(code);
}

/** What Fastify refuses before a handler is reached. */
function fastifyCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !("code" in thrown)) return null;
  switch (thrown.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return "request_too_large";
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return "unsupported_media_type";
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_BAD_URL":
      return "malformed_request";
    case "FST_ERR_MAX_PARAM_LENGTH":
      return "route_not_found";
    default:
      return null;
  }
}
