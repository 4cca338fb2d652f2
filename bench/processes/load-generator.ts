/**
 * Sends requests that were written beforehand, over connections that stay open, one under way on each; counts what comes back. A process of its
 * own: what it costs is not the server's.
 */
import { quantile } from "../statistics.ts";
import { type HttpConnection, openConnection } from "./http-connection.ts";
import { type Load, type LoadResult, load as loadSchema } from "./load.ts";

process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  run(loadSchema.parse(message)).then(
    (result) => process.send?.(result),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.send?.({});

async function run(load: Load): Promise<LoadResult> {
  const requests = load.requests.map((text) => Buffer.from(text));
  const first = requests[0];
  if (!first) throw new Error("no request to send");
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const opening = Array.from({ length: load.connections }, () => openConnection(load.port, broken.reject));
  const connections = await Promise.all(opening);
  const done = new Promise<LoadResult>((resolve) => drive(connections, requests, first, load, resolve));
  return Promise.race([done, broken.promise]);
}

function drive(
  connections: readonly HttpConnection[],
  requests: readonly Buffer[],
  first: Buffer,
  load: Load,
  done: (result: LoadResult) => void,
): void {
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const countMax = load.requestsMax ?? Number.POSITIVE_INFINITY;
  const from = performance.now() + load.warmUpMilliseconds;
  const end = from + load.milliseconds;
  let sent = 0;
  let idle = 0;
  const next = (connection: HttpConnection): void => {
    const begun = performance.now();
    if (begun >= end || sent >= countMax) {
      idle += 1;
      if (idle === connections.length) finish();
      return;
    }
    const request = requests[sent % requests.length] ?? first;
    sent += 1;
    connection.send(request, ({ status }) => {
      const at = performance.now();
      statuses[status] = (statuses[status] ?? 0) + 1;
      // Only what ends within the window: so the rate is that of the middle, where all connections are busy.
      if (at >= from && at < end) latencies.push(at - begun);
      next(connection);
    });
  };
  const finish = (): void => {
    for (const connection of connections) connection.close();
    const [p50, p99] = latencies.length === 0 ? [0, 0] : [quantile(latencies, 0.5), quantile(latencies, 0.99)];
    const perSecond = (latencies.length * 1000) / load.milliseconds;
    done({ perSecond, p50, p99, sent, statuses, latencies: load.eachLatency ? latencies : [] });
  };
  for (const connection of connections) next(connection);
}
