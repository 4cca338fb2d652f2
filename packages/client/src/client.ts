import type { AnswerOf, CallOf, Problem, RouteShape } from "@gatehouse/contract";

/** A refusal of the server, as RFC 9457 tells it. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: Problem;
  constructor(status: number, problem: Problem) {
    super(`${status} ${problem.code}: ${problem.title} ${problem.detail}`);
    this.name = "ProblemError";
    this.status = status;
    this.problem = problem;
  }
}

export interface ClientOptions {
  /** Where the server is: scheme, host and port; routes stand below `/api/v1`. */
  readonly baseUrl: string;
  /** The access token to send, asked for at each call. */
  readonly accessToken?: () => string | null;
  readonly fetch?: typeof fetch;
}
export interface CallSettings {
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
export interface Client {
  /**
   * Calls a route of the contract.
   * @throws ProblemError for every answer that is not the route's success
   */
  call<R extends RouteShape>(route: R, input: CallOf<R>, settings?: CallSettings): Promise<AnswerOf<R>>;
}

/** Typed calls: request and answer are those of the route that is named. */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  return {
    async call(route, input, settings = {}) {
      const token = options.accessToken?.() ?? null;
      const response = await send(address(options.baseUrl, route, input), {
        method: route.method,
        headers: {
          accept: route.media?.join(", ") ?? "application/json",
          ...(input.body === undefined ? {} : { "content-type": "application/json" }),
          ...(token && route.auth === "session" ? { authorization: `Bearer ${token}` } : {}),
          ...(settings.idempotencyKey ? { "idempotency-key": settings.idempotencyKey } : {}),
          ...settings.headers,
        },
        ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
        ...(settings.signal ? { signal: settings.signal } : {}),
      });
      const text = await response.text();
      const isSuccess = response.status === route.status || (route.accepted !== undefined && response.status === 202);
      if (!isSuccess) throw new ProblemError(response.status, readProblem(response.status, text));
      if (route.status === 204) return undefined;
      return route.media ? text : JSON.parse(text);
    },
  };
}

function address(baseUrl: string, route: RouteShape, input: CallOf<RouteShape>): string {
  const params: Record<string, unknown> = input.params ?? {};
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) if (value !== undefined) query.set(name, String(value));
  return `${baseUrl}/api/v1${path}${query.size > 0 ? `?${query}` : ""}`;
}

function readProblem(status: number, text: string): Problem {
  try {
    const body: Problem = JSON.parse(text);
    if (typeof body.code === "string") return body;
  } catch {
    // Not JSON: something between us and the server answered; said as it is below.
  }
  return {
    type: "about:blank",
    title: "The answer was not one of the server's.",
    status,
    code: "unreadable_answer",
    detail: text.slice(0, 200),
    request_id: "",
  };
}
