import { systemClock } from "@gatehouse/server/platform/clock";
import { type Defect, type HostileProvider, startHostileProvider } from "./hostile-provider.ts";
import type { Answer } from "./request.ts";
import { testClock } from "./test-clock.ts";
import { openTestServer, type TestServer, type TestServerOptions } from "./test-server.ts";

export type ProviderName = "google" | "microsoft";
/** What a browser holds. */
export interface Browser {
  cookies: Record<string, string>;
}
type Body = Record<string, unknown> & {
  code?: string;
  status?: number | string;
  access_token?: string;
  user?: { id: string; email: string };
};

export interface OauthServer extends TestServer {
  readonly google: HostileProvider;
  readonly microsoft: HostileProvider;
  /** Begins a sign-in. @returns the URL that the person is sent to */
  begin(provider: ProviderName, browser: Browser, query?: Readonly<Record<string, string>>): Promise<string>;
  /** Sends what the provider answered. */
  finish(provider: ProviderName, browser: Browser, body: unknown): Promise<Answer<Body>>;
  /** A whole sign-in in a browser, new where none is given. */
  comes(
    provider: ProviderName,
    claims: Readonly<Record<string, unknown>>,
    options?: { browser?: Browser; defect?: Defect; query?: Readonly<Record<string, string>> },
  ): Promise<Answer<Body>>;
}

export const newBrowser = (): Browser => ({ cookies: {} });

/** Claims of a person whom Google vouches for. */
export const googlePerson = (sub: string, email: string, more: Readonly<Record<string, unknown>> = {}) => ({
  sub,
  email,
  email_verified: true,
  hd: email.slice(email.indexOf("@") + 1),
  name: "Ada Lovelace",
  ...more,
});

export const CONTOSO = "11111111-1111-4111-8111-111111111111";
export const FABRIKAM = "22222222-2222-4222-8222-222222222222";
/** Claims of a person of a tenant, whose address the tenant does not own unless `more` says so. */
export const microsoftPerson = (
  provider: HostileProvider,
  tid: string,
  sub: string,
  email: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
) => ({
  iss: provider.issuer.replace("/common/", `/${tid}/`),
  tid,
  oid: `oid-${sub}`,
  sub,
  ...(email === undefined ? {} : { email }),
  name: "Ada Lovelace",
  ...more,
});

/** The test server with a Google and a Microsoft that do what the test says. Tokens are held to the world's time, as in production. */
export async function openOauthServer(options: TestServerOptions = {}): Promise<OauthServer> {
  const { wall } = systemClock();
  const google = await startHostileProvider({ now: wall });
  const microsoft = await startHostileProvider({ path: "/common/v2.0", now: wall });
  microsoft.metadata = { issuer: microsoft.issuer.replace("/common/", "/{tenantid}/") };
  const server = await openTestServer({
    clock: { ...testClock(), wall },
    ...options,
    env: { ...variablesOf("GOOGLE", google), ...variablesOf("MICROSOFT", microsoft), ...options.env },
  });
  const begin: OauthServer["begin"] = async (provider, browser, query = {}) => {
    const search = new URLSearchParams(query);
    const answer = await server.request<{ authorization_url: string }>("GET", `/auth/${provider}/start?${search}`, {
      cookies: browser.cookies,
    });
    if (answer.status !== 200) throw new Error(`${provider} does not start: ${answer.status} ${answer.text}`);
    keepCookies(browser, answer);
    return answer.body.authorization_url;
  };
  const finish: OauthServer["finish"] = async (provider, browser, body) => {
    const answer = await server.request<Body>("POST", `/auth/${provider}/callback`, { body, cookies: browser.cookies });
    keepCookies(browser, answer);
    return answer;
  };
  return {
    ...server,
    google,
    microsoft,
    begin,
    finish,
    async comes(name, claims, { browser = newBrowser(), defect, query } = {}) {
      const provider = name === "google" ? google : microsoft;
      const { code, state } = provider.consent(await begin(name, browser, query), claims, defect);
      return finish(name, browser, { code, state, transport: "body" });
    },
    async close() {
      await server.close();
      await google.stop();
      await microsoft.stop();
    },
  };
}

const variablesOf = (prefix: string, provider: HostileProvider) => ({
  [`${prefix}_ISSUER`]: provider.issuer,
  [`${prefix}_CLIENT_ID`]: provider.clientId,
  [`${prefix}_CLIENT_SECRET`]: provider.clientSecret,
});

export function keepCookies(browser: Browser, answer: Pick<Answer<unknown>, "cookies">): void {
  for (const { name, value } of Object.values(answer.cookies)) browser.cookies[name] = value;
}
