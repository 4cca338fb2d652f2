import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** A mail provider that takes everything and keeps nothing: what one does with a mail is not this machine's work. */
export interface SmtpSink {
  readonly url: string;
  /** Mails taken so far. */
  readonly taken: number;
  stop(): Promise<void>;
}

/** Speaks as much of SMTP (RFC 5321) as a client needs that trusts the answer. */
export async function startSmtpSink(): Promise<SmtpSink> {
  let taken = 0;
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.write("220 sink\r\n");
    let text = "";
    let isMail = false;
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf(isMail ? "\r\n.\r\n" : "\r\n"); end !== -1; end = text.indexOf(isMail ? "\r\n.\r\n" : "\r\n")) {
        const command = isMail ? "." : text.slice(0, 4).toUpperCase();
        text = text.slice(end + (isMail ? 5 : 2));
        if (isMail) taken += 1;
        isMail = command === "DATA";
        if (command === "QUIT") socket.end("221 bye\r\n");
        else socket.write(isMail ? "354 go on\r\n" : "250 ok\r\n");
      }
    });
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the sink has no port");
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    get taken() {
      return taken;
    },
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
