import { join } from "node:path";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { type MailStore, openMailStore } from "./mail-store.ts";

export interface Mailbox extends Pick<MailStore, "summaries" | "list" | "get" | "clear"> {
  /** What SMTP_URL would be set to. */
  smtpUrl: string;
  /** Answers every mail with 451 (try again later), until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface MailboxOptions {
  /** The .gatehouse folder; mails lie in its `mail`. */
  home: string;
  /** 0 takes a free one. */
  port: number;
  /** The clock by which `received_at` is told; without it mails carry none. */
  clock?: { now(): Date };
}

/**
 * The mail provider of the sandbox: takes every mail over SMTP on the loopback, delivers none, and shows them.
 * A mail is on disk before it is acknowledged, so that no crash loses one that the sender thinks is delivered.
 * @throws Error in plain words when the port is taken
 */
export async function startMailbox({ home, port, clock }: MailboxOptions): Promise<Mailbox> {
  const store = await openMailStore(join(home, "mail"));
  let isPaused = false;

  const server = new SMTPServer({
    banner: "Gatehouse sandbox mailbox",
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    size: MAIL_BYTES_MAX,
    // An idle pooled connection must not hold up the end of the program.
    closeTimeout: 200,
    logger: false,
    onMailFrom: (_address, _session, answer) => answer(isPaused ? refusal(451, "The mailbox is paused") : null),
    onData: (stream, session, answer) => {
      receive(stream, session)
        .then(() => answer(null, "Stored"))
        .catch((error) => answer(error instanceof Error ? error : refusal(451, "Could not be stored")));
    },
  });
  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const chunks: Buffer[] = [];
    let isTooLarge = false;
    for await (const chunk of stream) {
      isTooLarge ||= stream.sizeExceeded;
      if (!isTooLarge) chunks.push(chunk);
    }
    if (isTooLarge || stream.sizeExceeded) throw refusal(552, "The mail is larger than the mailbox takes");
    if (isPaused) throw refusal(451, "The mailbox is paused");
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
    const receipt = clock ? { receivedAt: clock.now() } : {};
    await store.add({ from, to, raw: Buffer.concat(chunks), ...receipt });
  };

  const smtpUrl = `smtp://${HOST}:${await listen(server, port)}`;
  // A client that breaks off is no news; without a listener it would end the program.
  server.on("error", () => undefined);
  return {
    smtpUrl,
    summaries: store.summaries,
    list: store.list,
    get: store.get,
    clear: store.clear,
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
    async stop() {
      await new Promise<void>((resolve) => server.close(resolve));
      await store.settle();
    },
  };
}

const HOST = "127.0.0.1";
const MAIL_BYTES_MAX = 25 * 1024 * 1024;

/** Listens and gives the port that it got. */
function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      const isTaken = "code" in error && error.code === "EADDRINUSE";
      reject(isTaken ? new Error(`Port ${port}, which the sandbox's mailbox wants for SMTP, is taken by another program.`) : error);
    };
    server.once("error", onError);
    const socket = server.listen(port, HOST, () => {
      server.off("error", onError);
      const address = socket.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

/** An answer of SMTP: 4xx means try again, 5xx means never. */
function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
