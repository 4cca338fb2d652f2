import { forget, kept } from "./tab.js";

/** A refusal of the API (RFC 9457), or a server that could not be reached (code "unreachable"). */
export class Problem extends Error {
  constructor(document, retryAfterSeconds) {
    super(document.code);
    this.code = document.code;
    this.title = document.title;
    this.detail = document.detail;
    this.problems = document.problems ?? [];
    this.providers = document.providers ?? [];
    this.limit = document.limit;
    this.used = document.used;
    this.mend = document.mend;
    this.requestId = document.request_id;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Calls the API. Answers the JSON, or null where there is none. Throws a Problem.
 * With `idempotencyKey`, the same call again is answered as the first one was, and does nothing.
 */
export async function callApi(method, path, { body, accessToken, idempotencyKey } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (accessToken) headers["authorization"] = `Bearer ${accessToken}`;
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  let answer;
  let document;
  try {
    answer = await fetch(`/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    document = answer.status === 204 ? null : await answer.json();
  } catch {
    throw new Problem({ code: "unreachable" }, null);
  }
  if (answer.ok) return document;
  throw new Problem(document, Number(answer.headers.get("retry-after")) || null);
}

const NOT_SIGNED_IN = ["refresh_token_invalid", "refresh_reused", "session_ended", "no_account"];

/**
 * Takes an access token for the browser's cookie, in the account that this tab was switched to. Null: nobody is signed in here. The
 * token stays in this page's memory.
 * @param onNobody told why, as an error's code
 */
export async function resumeSession(onNobody = () => {}) {
  const refresh = () => callApi("POST", "/auth/refresh", { body: kept("account") ? { account_id: kept("account") } : {} });
  const again = (problem) => {
    // Another tab may be refreshing just now: then the browser already has the newer cookie.
    if (problem.code === "refresh_superseded") return refresh();
    // The person is no longer in that account, or it was another person's tab before.
    if (problem.code !== "account_not_found" && problem.code !== "invalid_request") throw problem;
    forget("account");
    return refresh();
  };
  try {
    const answer = await refresh().catch(again);
    return { accessToken: answer.access_token, user: answer.user, account: answer.account };
  } catch (problem) {
    if (!NOT_SIGNED_IN.includes(problem.code)) throw problem;
    onNobody(problem.code);
    return null;
  }
}

/** What went wrong, as one or two sentences for a person. */
export function inWords(problem) {
  if (!(problem instanceof Problem)) return "Something went wrong on this page. Load it again.";
  switch (problem.code) {
    case "unreachable":
      return "The server could not be reached. Check your connection, and try again.";
    case "rate_limited":
      return `That was tried too often. Please wait ${waitInWords(problem.retryAfterSeconds)}.`;
    case "too_busy":
    case "database_unavailable":
      return `We are very busy just now, and nothing was done. Please try again in ${waitInWords(problem.retryAfterSeconds)}.`;
    case "password_weak":
      return problem.problems[0]?.why ?? `${problem.title} ${problem.detail}`;
    case "invalid_request":
      return problem.problems.some(({ at }) => at === "body.email")
        ? "This is not an email address that we can write to. Please check it."
        : "Something in this form is not as it must be. Please check it.";
    case "internal_error":
      return `Something went wrong on our side. Try again; if it stays, tell support this number: ${problem.requestId}`;
    default:
      return `${problem.title} ${problem.detail}`;
  }
}

function waitInWords(seconds) {
  if (!seconds || seconds <= 10) return "a few seconds";
  if (seconds <= 90) return `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}
