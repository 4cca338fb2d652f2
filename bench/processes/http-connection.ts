import { connect, type Socket } from "node:net";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly bytes: number;
}
/** One keep-alive connection that has one request under way at most. */
export interface HttpConnection {
  /** @param answered called once, when the whole answer is there */
  send(request: Buffer, answered: (answer: Answer) => void): void;
  close(): void;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LENGTH = Buffer.from("content-length: ");
/** Larger than any answer of the bench. */
const READ_BYTES = 64 * 1024;

/**
 * Reads as little of HTTP/1.1 (RFC 9112) as counting needs: the status, the length, the end. Bytes are read into one buffer and searched there,
 * which costs a tenth of what Node's own client does; the generator must leave its core to the database.
 * @param failed told when the connection breaks, or the answer has no length
 */
export function openConnection(port: number, failed: (error: Error) => void): Promise<HttpConnection> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let held = 0;
  let waiting: ((answer: Answer) => void) | null = null;
  let isClosing = false;

  const take = (count: number): boolean => {
    held += count;
    const head = buffer.indexOf(HEAD_END);
    if (head === -1 || head > held) return true;
    const total = head + HEAD_END.length + bodyBytes(buffer, head);
    if (total > READ_BYTES) failed(new Error(`an answer of ${total} bytes is more than the bench reads`));
    if (held < total) return true;
    const answered = waiting;
    const status = digits(buffer, "HTTP/1.1 ".length);
    // What was read before must not be found again.
    buffer.fill(0, 0, Math.min(held, head + HEAD_END.length));
    held = 0;
    waiting = null;
    answered?.({ status, bytes: total });
    return true;
  };
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      // Behind what is held already, so that an answer that comes in pieces is put together.
      onread: { buffer: () => buffer.subarray(held), callback: (count) => take(count) },
    });
    const broke = (error: Error): void => (isClosing ? undefined : failed(error));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", broke);
      socket.on("close", () => broke(new Error("the server closed the connection")));
      resolve({
        send(request, answered) {
          waiting = answered;
          socket.write(request);
        },
        close() {
          isClosing = true;
          socket.destroy();
        },
      });
    });
  });
}

function bodyBytes(buffer: Buffer, head: number): number {
  const at = buffer.indexOf(LENGTH);
  if (at !== -1 && at < head) return digits(buffer, at + LENGTH.length);
  if (digits(buffer, "HTTP/1.1 ".length) === 204) return 0;
  throw new Error(`an answer without a length: ${buffer.toString("latin1", 0, head)}`);
}

/** The number that begins at `at`. */
function digits(buffer: Buffer, at: number): number {
  let value = 0;
  for (let place = at; ; place += 1) {
    const digit = (buffer[place] ?? 0) - 48;
    if (digit < 0 || digit > 9) return value;
    value = value * 10 + digit;
  }
}
