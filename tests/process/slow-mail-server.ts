import { createServer, type Socket } from "node:net";

/** A mail server that takes a mail and does not say so until it is told to. */
export interface SlowMailServer extends AsyncDisposable {
  readonly smtpUrl: string;
  /** Message-IDs of the mails that wait for an answer now. */
  inHand(): readonly string[];
  /** Message-IDs of the mails that were answered with 250, in order. */
  taken(): readonly string[];
  /** Answers what waits, and from now on at once. */
  release(): void;
}

export async function startSlowMailServer(): Promise<SlowMailServer> {
  const waiting = new Map<Socket, string>();
  const taken: string[] = [];
  const sockets = new Set<Socket>();
  let isReleased = false;
  const answer = (socket: Socket, messageId: string): void => {
    waiting.delete(socket);
    taken.push(messageId);
    socket.write("250 Stored\r\n");
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      waiting.delete(socket);
    });
    converse(socket, (messageId) => {
      if (isReleased) answer(socket, messageId);
      else waiting.set(socket, messageId);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    smtpUrl: `smtp://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    inHand: () => [...waiting.values()],
    taken: () => taken,
    release() {
      isReleased = true;
      for (const [socket, messageId] of waiting) answer(socket, messageId);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** As much of RFC 5321 as one mail needs. */
function converse(socket: Socket, onMail: (messageId: string) => void): void {
  let received = "";
  let isInMail = false;
  socket.write("220 slow\r\n");
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    for (;;) {
      const end = isInMail ? "\r\n.\r\n" : "\r\n";
      const at = received.indexOf(end);
      if (at === -1) return;
      const part = received.slice(0, at);
      received = received.slice(at + end.length);
      if (isInMail) onMail(/^message-id:\s*(<[^>]+>)/im.exec(part)?.[1] ?? "");
      else socket.write(/^data/i.test(part) ? "354 Go on\r\n" : "250 slow\r\n");
      isInMail = !isInMail && /^data/i.test(part);
    }
  });
}
