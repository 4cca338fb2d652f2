import { type Client, createClient, ProblemError } from "@gatehouse/client";
import { type AnswerOf, auth, me } from "@gatehouse/contract";
import { type Caller, callerOver } from "./caller.ts";
import { mustExist } from "./must.ts";
import type { Site } from "./site.ts";

export type SignedIn = AnswerOf<typeof auth.login>;

/** What each device says that it is. */
export const LAPTOP = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
export const PHONE = {
  "user-agent":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
};

/** A device on which somebody is signed in. An access token that has expired is refreshed, as every client of the product does it. */
export interface Device extends Caller {
  /** The newest tokens. */
  tokens(): { access: string; refresh: string };
  /** For routes that take a session but need none. */
  bearer(): Promise<{ authorization: string }>;
  /** Takes over the tokens of an answer. */
  adopt(answer: SignedIn): void;
}

/** @param headers sent with each request @param answer of register, login or refresh with `transport: "body"` */
export function openDevice(site: Site, headers: Readonly<Record<string, string>>, answer: SignedIn): Device {
  let access = answer.access_token;
  let refresh = refreshTokenOf(answer);
  const bare = createClient({ baseUrl: site.baseUrl, accessToken: () => access });
  const adopt = (next: SignedIn): void => {
    access = next.access_token;
    refresh = refreshTokenOf(next);
  };
  const client: Client = {
    async call(route, input, settings = {}) {
      const withDevice = { ...settings, headers: { ...headers, ...settings.headers } };
      try {
        return await bare.call(route, input, withDevice);
      } catch (error) {
        if (!(error instanceof ProblemError && error.problem.code === "access_token_expired")) throw error;
        adopt(await site.stranger.call(auth.refresh, { body: { refresh_token: refresh } }, { headers }));
        return await bare.call(route, input, withDevice);
      }
    },
  };
  const caller = callerOver(client);
  return {
    ...caller,
    tokens: () => ({ access, refresh }),
    adopt,
    async bearer() {
      await caller.call(me.getMe, {}); // Refreshes where it must.
      return { authorization: `Bearer ${access}` };
    },
  };
}

const refreshTokenOf = (answer: SignedIn): string => mustExist("the refresh token in the answer", answer.refresh_token);
