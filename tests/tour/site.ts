import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@gatehouse/client";
import { type Caller, callerOver } from "./caller.ts";
import { mustBe, NotAsItMustBe } from "./must.ts";

/** A mail as the sandbox's mailbox shows it to programs. */
export interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly links: readonly string[];
}
export interface ClockReading {
  readonly now: Date;
  /** How far it is ahead of the real time. */
  readonly offsetSeconds: number;
}

/** A sandbox from outside: its API for nobody in particular, its clock and its mailbox. */
export interface Site {
  readonly baseUrl: string;
  /** Calls of somebody who is not signed in. */
  readonly stranger: Caller;
  clock(): Promise<ClockReading>;
  /** Returns when what fell due has been done. @throws NotAsItMustBe when somebody else has moved the clock meanwhile */
  advance(by: { days?: number; seconds?: number }): Promise<ClockReading>;
  /** The mails that were sent to one address, oldest first. */
  mails(to: string): Promise<readonly Mail[]>;
  /** A bare request. @param url whole, or a path of this sandbox */
  request(url: string, init?: RequestInit): Promise<{ status: number; type: string; text: string }>;
}

/** No answer takes so long but one that never comes. */
const ANSWER_MILLISECONDS_MAX = 30_000;

export function openSite(baseUrl: string): Site {
  const send: typeof fetch = (input, init) => fetch(input, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS_MAX), ...init });
  const request: Site["request"] = async (url, init) => {
    const response = await send(new URL(url, baseUrl), init);
    return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
  };
  const json = async (what: string, path: string, init?: RequestInit): Promise<string> => {
    const { status, text } = await request(path, { ...init, headers: { accept: "application/json", "content-type": "application/json" } });
    if (status !== 200) throw new NotAsItMustBe(what, "200", `${status} ${text.slice(0, 500)}`);
    return text;
  };
  const readClock = (text: string): ClockReading => {
    const { now, offset_seconds }: { now: string; offset_seconds: number } = JSON.parse(text);
    return { now: new Date(now), offsetSeconds: offset_seconds };
  };
  let lastOffset: number | null = null;
  const clock = async (): Promise<ClockReading> => readClock(await json("GET /sandbox/clock", "/sandbox/clock"));
  return {
    baseUrl,
    stranger: callerOver(createClient({ baseUrl, fetch: send })),
    clock,
    request,
    async advance(by) {
      const before = await clock();
      if (lastOffset !== null)
        mustBe("the sandbox's clock since this tour last moved it, in seconds ahead", lastOffset, before.offsetSeconds);
      const moved = readClock(
        await json("POST /sandbox/clock/advance", "/sandbox/clock/advance", { method: "POST", body: JSON.stringify(by) }),
      );
      lastOffset = moved.offsetSeconds;
      return moved;
    },
    async mails(to) {
      const mails: Mail[] = JSON.parse(await json("GET /sandbox/mail", `/sandbox/mail?${new URLSearchParams({ to })}`));
      return mails;
    },
  };
}

/** Mail leaves by a queue that is asked at least every few seconds. */
const MAIL_SECONDS_MAX = 20;
const MAIL_POLL_MILLISECONDS = 50;

/** Somebody who opens the mails of one address, each once. */
export interface MailReader {
  /** Waits for a mail that was not read yet and whose subject has these words. */
  next(words: string): Promise<Mail>;
  /** How many have come, read or not. */
  count(): Promise<number>;
}

export function openMailReader(site: Site, address: string): MailReader {
  const read = new Set<string>();
  return {
    async next(words) {
      const latest = performance.now() + MAIL_SECONDS_MAX * 1000;
      let came: readonly Mail[] = [];
      while (performance.now() < latest) {
        came = (await site.mails(address)).filter(({ id }) => !read.has(id));
        const mail = came.find(({ subject }) => subject.includes(words));
        if (mail) {
          read.add(mail.id);
          return mail;
        }
        await pause(MAIL_POLL_MILLISECONDS);
      }
      const subjects = came.map(({ subject }) => JSON.stringify(subject)).join(", ");
      throw new NotAsItMustBe(`the mail to ${address} within ${MAIL_SECONDS_MAX} s`, `"... ${words} ..."`, subjects || "none");
    },
    count: async () => (await site.mails(address)).length,
  };
}

/** The link of a mail that carries a token to a page of the product. @param parameter what the page calls the token */
export function tokenLink(mail: Mail, path: string, parameter = "token"): { url: string; token: string } {
  for (const url of mail.links) {
    const { pathname, searchParams } = new URL(url);
    const token = searchParams.get(parameter);
    if (pathname === path && token !== null) return { url, token };
  }
  throw new NotAsItMustBe(`the links of the mail "${mail.subject}"`, `one to ${path} with a token`, mail.links.join(" ") || "none");
}
