import type { FastifyInstance } from "fastify";

export interface RequestOptions {
  /** Sent as JSON; a string or a Buffer to the letter, still as `application/json`. */
  readonly body?: unknown;
  /** An access token. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With cookies the request comes from the product's own page, as a browser says it; `origin: null` says nothing. */
  readonly cookies?: Readonly<Record<string, string>>;
  readonly origin?: string | null;
  /** The address that the connection comes from. */
  readonly ip?: string;
}
export interface AnsweredCookie {
  readonly name: string;
  readonly value: string;
  readonly path?: string;
  readonly maxAge?: number;
  readonly secure?: boolean;
  readonly httpOnly?: boolean;
  readonly sameSite?: string;
}
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  /** Parsed where it is JSON; else null, and `text` has it. */
  readonly body: Body;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What was set, by name. */
  readonly cookies: Readonly<Record<string, AnsweredCookie>>;
}
/** @param path below `/api/v1` when it begins with `/auth`, `/me` and the like; any other place is named whole (`/healthz`, `/api/...`) */
export type Request = <Body = Record<string, unknown>>(method: string, path: string, options?: RequestOptions) => Promise<Answer<Body>>;

const WHOLE =
  /^\/(api|healthz|readyz|\.well-known|sandbox|verify-email|reset-password|confirm-email|sign-in|billing$|team$|invite(\?|$)|assets)/;

/** Drives the server in process: the same parsing, hooks and answers as over a socket, without one. */
export function requestTo(http: FastifyInstance, baseUrl: string): Request {
  return async <Body>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<Body>> => {
    const { body, token, cookies, ip } = options;
    const origin = options.origin === undefined ? (cookies ? baseUrl : null) : options.origin;
    const response = await http.inject({
      method,
      url: WHOLE.test(path) ? path : `/api/v1${path}`,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(origin === null ? {} : { origin }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
      ...(cookies ? { cookies: { ...cookies } } : {}),
      ...(ip === undefined ? {} : { remoteAddress: ip }),
    });
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]));
    const isJson = /json/.test(headers["content-type"] ?? "");
    return {
      status: response.statusCode,
      body: isJson ? JSON.parse(response.body) : null,
      text: response.body,
      headers,
      cookies: Object.fromEntries(response.cookies.map((cookie) => [cookie.name, cookie])),
    };
  };
}

/** For the typed client: `fetch` that ends in the same process. */
export function fetchFrom(http: FastifyInstance): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const body = await request.text();
    const response = await http.inject({
      method: request.method,
      url: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(request.headers),
      ...(body === "" ? {} : { payload: body }),
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers)) if (value !== undefined) headers.append(name, String(value));
    return new Response(response.statusCode === 204 ? null : response.body, { status: response.statusCode, headers });
  };
}
