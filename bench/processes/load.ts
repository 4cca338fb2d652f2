import { z } from "zod";
import { type Child, startChild } from "./child.ts";

export const load = z.object({
  port: z.int(),
  connections: z.int().min(1),
  /** Whole HTTP requests, sent in turn. */
  requests: z.array(z.string()).min(1),
  /** At first, uncounted: until all connections are busy and what is compiled is compiled. */
  warmUpMilliseconds: z.number(),
  milliseconds: z.number(),
  /** Not more than so many, the warm-up's included; absent: as many as go. */
  requestsMax: z.int().optional(),
  /** Every latency comes back, in the order of the answers. */
  eachLatency: z.boolean().optional(),
});
export type Load = z.infer<typeof load>;

const result = z.object({
  /** Answers a second within the window. */
  perSecond: z.number(),
  /** Milliseconds from sending to the whole answer. */
  p50: z.number(),
  p99: z.number(),
  /** All requests, the warm-up's included. */
  sent: z.int(),
  statuses: z.record(z.string(), z.int()),
  latencies: z.array(z.number()),
});
export type LoadResult = z.infer<typeof result>;

export interface LoadGenerator {
  /** @throws Error when any answer has another status than `status`: a server that refuses is fast */
  run(load: Load, status: number): Promise<LoadResult>;
  stop(): Promise<void>;
}

export async function startLoadGenerator(): Promise<LoadGenerator> {
  const child: Child = await startChild(new URL("load-generator.ts", import.meta.url).pathname);
  return {
    async run(asked, status) {
      const answer = await child.ask(asked, z.union([result, z.object({ error: z.string() })]));
      if ("error" in answer) throw new Error(`the load generator: ${answer.error}`);
      const others = Object.entries(answer.statuses).filter(([found]) => found !== String(status));
      if (others.length > 0)
        throw new Error(`expected ${status} of ${asked.requests[0]?.split("\r\n")[0]}, got ${JSON.stringify(answer.statuses)}`);
      return answer;
    },
    stop: child.stop,
  };
}

/** A request's bytes. @param body sent as JSON */
export function requestText(
  method: string,
  path: string,
  options: { token?: string; body?: object | string; headers?: readonly string[] } = {},
): string {
  const body = typeof options.body === "string" ? options.body : options.body === undefined ? "" : JSON.stringify(options.body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    "user-agent: gatehouse-bench",
    ...(options.token === undefined ? [] : [`authorization: Bearer ${options.token}`]),
    ...(options.headers ?? []),
    ...(options.body === undefined ? [] : ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
