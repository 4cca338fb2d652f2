import { mustBe, NotAsItMustBe } from "./must.ts";
import type { Site } from "./site.ts";

export const GOOD_CARD = "4242424242424242";
export const DECLINED_CARD = "4000000000000002";
/** It is taken, and every later charge fails. */
export const FAILING_CARD = "4000000000000341";

export interface Paid {
  readonly outcome: string;
  readonly code?: string;
  readonly message?: string;
  readonly redirect_url?: string;
}

/** What a person does on Stripe's pages, as a program does it: the same address, with JSON instead of a form. */
export async function onHostedPage(site: Site, url: string, fields: Readonly<Record<string, string>> = {}): Promise<Paid> {
  const { status, text } = await site.request(url, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  if (status !== 200) throw new NotAsItMustBe(`POST ${new URL(url).pathname}`, "200", `${status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

/** The page itself, as a browser sees it. */
export async function seePage(site: Site, url: string): Promise<string> {
  const { status, text } = await site.request(url, { headers: { accept: "text/html" } });
  mustBe(`the page ${new URL(url).pathname}`, 200, status);
  return text;
}
