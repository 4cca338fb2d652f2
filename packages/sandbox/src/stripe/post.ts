import { Agent, request } from "node:http";

export interface Poster {
  /** The status of the answer; 0: none, or not within the time. */
  post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<number>;
  close(): void;
}

const ANSWER_MILLISECONDS = 20_000;

/** Sends over connections that are kept, since thousands of events go to one endpoint. */
export function openPoster(): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  return {
    post: (url, body, headers) =>
      new Promise((resolve) => {
        const sent = request(url, {
          agent,
          method: "POST",
          headers: { ...headers, "content-length": Buffer.byteLength(body) },
          timeout: ANSWER_MILLISECONDS,
        });
        sent.on("response", (response) => {
          response.on("error", () => resolve(0));
          response.on("end", () => resolve(response.statusCode ?? 0));
          response.resume();
        });
        sent.on("timeout", () => sent.destroy());
        sent.on("error", () => resolve(0));
        sent.on("close", () => resolve(0));
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
