/**
 * Plays the person, for tests and the tour: opens the provider's page, answers it, and follows until the product's redirect URI.
 * @param answer the fields of the page's form: `identity`, or `email`, `name`, `subject`, `kind`, `tenant`; or `deny`
 * @param cookies of the browser by path and name, kept between calls; absent: a new browser
 * @returns the redirect URI with what the provider says there; it is not opened
 * @throws Error when the page does not take the answer
 */
export async function consentAt(
  authorizationUrl: string,
  answer: Readonly<Record<string, string>>,
  cookies: Map<string, string> = new Map(),
): Promise<URL> {
  const { origin, searchParams } = new URL(authorizationUrl);
  const redirectUri = searchParams.get("redirect_uri") ?? "";
  let page: URL | null = null;
  let url = new URL(authorizationUrl);
  let isAnswer = false;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const cookie = cookiesFor(cookies, url.pathname);
    const response: Response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "text/html", ...(cookie === "" ? {} : { cookie }) },
      ...(isAnswer ? { method: "POST", body: new URLSearchParams(answer) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? "/";
      if (value === "") cookies.delete(`${path} ${name}`);
      else cookies.set(`${path} ${name}`, value);
    }
    const text = await response.text();
    const location = response.headers.get("location");
    if (location !== null) {
      url = new URL(location, url);
      isAnswer = false;
      if (url.href.startsWith(`${redirectUri}?`)) return url;
      if (url.origin !== origin) throw new Error(`the provider leads to ${url.origin}, which is neither itself nor the product`);
    } else if (response.ok && page === null) {
      page = url;
      isAnswer = true;
    } else
      throw new Error(
        `the provider's page says ${response.status}: ${text
          .replaceAll(/<[^>]*>/g, " ")
          .trim()
          .slice(0, 300)}`,
      );
  }
  throw new Error("the provider leads in circles");
}

const STEPS_MAX = 10;

/** Each only below its path: two sign-ins in two tabs have cookies of the same name. */
const cookiesFor = (cookies: ReadonlyMap<string, string>, pathname: string): string =>
  [...cookies]
    .map(([key, value]) => ({ path: key.split(" ")[0] ?? "", name: key.split(" ")[1] ?? "", value }))
    .filter(({ path }) => pathname.startsWith(path))
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
