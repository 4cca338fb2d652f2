import { consentAt } from "@gatehouse/sandbox/providers/consent-driver";
import type { Site } from "./site.ts";

/** What the API answered, as far as the tour reads it. */
export interface Arrival {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly title?: string;
    readonly detail?: string;
    readonly status?: unknown;
    readonly outcome?: string;
    readonly access_token?: string;
    readonly user?: {
      readonly id: string;
      readonly email: string;
      readonly email_verified_at: string | null;
      readonly has_password: boolean;
    };
    readonly account?: { readonly name: string; readonly role: string };
  };
}
/** A browser, as far as signing in with a provider needs one: it keeps the cookies that it is given. */
export interface Browser {
  /** Presses the provider's button, says there who one is, and comes back. @param who the fields of the provider's page */
  comeBy(
    provider: "google" | "microsoft",
    who: Readonly<Record<string, string>>,
    query?: Readonly<Record<string, string>>,
  ): Promise<Arrival>;
  /** Sends JSON from the product's own page. */
  post(path: string, body: object): Promise<Arrival>;
}

export function openBrowser(site: Site): Browser {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}): Promise<Arrival> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { "content-type": "application/json", accept: "application/json", origin: site.baseUrl, ...(cookie ? { cookie } : {}) };
    const response = await fetch(`${site.baseUrl}/api/v1${path}`, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const body: Arrival["body"] = JSON.parse(await response.text());
    return { status: response.status, body };
  };
  const post: Browser["post"] = (path, body) => send(path, { method: "POST", body: JSON.stringify(body) });
  return {
    post,
    async comeBy(provider, who, query = {}) {
      const { body } = await send(`/auth/${provider}/start?${new URLSearchParams(query)}`);
      const { searchParams } = await consentAt(String(Object(body)["authorization_url"]), who);
      return post(`/auth/${provider}/callback`, { ...Object.fromEntries(searchParams), transport: "body" });
    },
  };
}
