import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

/** A transaction as it was seen on the wire: the text of each statement, `begin` first and `commit` or `rollback` last. */
export type SeenTransaction = readonly string[];

/** Where a transaction is brought to a halt, counted from `watch`. Both numbers begin at 0. */
export interface Halt {
  readonly transaction: number;
  readonly statement: number;
  /** before: the database never hears of the statement. after: it has done it, and nobody is told. */
  readonly when: "before" | "after";
}

/**
 * Stands between a server and its PostgreSQL, counts the statements of each transaction, and can stop at one of them, so that a test can
 * kill the server at exactly that point. It speaks version 3.0 of the wire protocol (PostgreSQL's manual, "Message Formats").
 */
export interface WireProxy {
  /** What DATABASE_URL is set to. */
  readonly url: string;
  /** Forgets what was seen, and counts transactions from here. */
  watch(): void;
  /** What was seen since `watch`, in the order in which the transactions began. */
  seen(): readonly SeenTransaction[];
  /** @returns resolves when the transaction stands at `halt`; nothing more passes on that connection, in neither direction */
  haltAt(halt: Halt): Promise<void>;
  /** Resolves when no connection is open, at either end: PostgreSQL has rolled back what was not committed. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** A halt that somebody waits for. */
interface Armed extends Halt {
  reached(): void;
}
interface Book {
  transactions: string[][];
  armed: Armed | null;
  open: Set<Promise<void>>;
  sockets: Set<Socket>;
}

/** @param databaseUrl `postgresql://user@/database?host=/folder&port=n`, as `TestDatabase` gives it */
export async function openWireProxy(databaseUrl: string): Promise<WireProxy> {
  const { path, user, database } = socketOf(databaseUrl);
  const book: Book = { transactions: [], armed: null, open: new Set(), sockets: new Set() };
  // Half open: when the server is gone, PostgreSQL hears of it, and its own end is waited for.
  const listener = createServer({ allowHalfOpen: true }, (server) => {
    const connection = relay(book, server, createConnection({ path, allowHalfOpen: true })).finally(() => book.open.delete(connection));
    book.open.add(connection);
  });
  const port = await listen(listener);
  return {
    url: `postgresql://${user}@127.0.0.1:${port}/${database}`,
    watch() {
      book.transactions = [];
      book.armed = null;
    },
    seen: () => book.transactions,
    haltAt: (halt) => new Promise((reached) => Object.assign(book, { armed: { ...halt, reached } })),
    async drained() {
      while (book.open.size > 0) await Promise.all(book.open);
    },
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const socket of book.sockets) socket.destroy();
      await closed;
    },
  };
}

/** Passes bytes between the server and PostgreSQL until both have ended. */
function relay(book: Book, server: Socket, postgres: Socket): Promise<void> {
  const reader = frameReader();
  const statements = statementReader();
  let transaction: string[] | null = null;
  let held: "no" | "answers" | "all" = "no";

  const take = (text: string): Armed | null => {
    if (/^\s*begin\b/i.test(text)) {
      transaction = [];
      book.transactions.push(transaction);
    }
    if (!transaction) return null;
    transaction.push(text);
    const { armed } = book;
    const isHere = armed !== null && book.transactions[armed.transaction] === transaction && armed.statement === transaction.length - 1;
    if (/^\s*(commit|rollback)\b/i.test(text)) transaction = null;
    return isHere ? armed : null;
  };
  server.on("data", (chunk: Buffer) => {
    for (const frame of reader(chunk)) {
      const whole = statements(frame);
      if (!whole || held !== "no") continue;
      const halt = whole.text === null ? null : take(whole.text);
      held = halt === null ? "no" : halt.when === "before" ? "all" : "answers";
      if (held !== "all") postgres.write(whole.bytes);
      if (halt?.when === "before") halt.reached();
      if (halt?.when === "after") postgres.on("data", untilReady(halt.reached));
    }
  });
  postgres.on("data", (chunk: Buffer) => {
    if (held === "no") server.write(chunk);
  });
  return bothEnd(book, server, postgres);
}

/** One side's end is told to the other; the promise waits for both. A connection that breaks is an end like any other. */
async function bothEnd(book: Book, server: Socket, postgres: Socket): Promise<void> {
  const endOf = (socket: Socket, other: Socket): Promise<void> =>
    new Promise((resolve) => {
      book.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("end", () => socket.end());
      socket.on("close", () => {
        book.sockets.delete(socket);
        other.end();
        resolve();
      });
    });
  await Promise.all([endOf(server, postgres), endOf(postgres, server)]);
}

interface Frame {
  /** The letter of the message; empty for the one that opens a connection, which has none. */
  readonly type: string;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** Cuts what one side sends into its messages; a message may come in pieces. The first one has no type byte. */
function frameReader(hasOpening = true): (chunk: Buffer) => Frame[] {
  let rest = Buffer.alloc(0);
  let typeBytes = hasOpening ? 0 : 1;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    while (rest.length >= typeBytes + 4) {
      const end = typeBytes + rest.readInt32BE(typeBytes);
      if (rest.length < end) break;
      const bytes = rest.subarray(0, end);
      frames.push({ type: bytes.toString("latin1", 0, typeBytes), body: bytes.subarray(typeBytes + 4), bytes });
      rest = rest.subarray(end);
      typeBytes = 1;
    }
    return frames;
  };
}

/** What is passed on at once: a whole statement with its text, or a message that is none (`text: null`). */
interface Whole {
  readonly text: string | null;
  readonly bytes: Buffer;
}

/**
 * Gathers messages to statements: a simple query is one by itself; an extended one is all from Parse or Bind to Sync, whose text is that of
 * the Parse, or of an earlier one of the same name.
 */
function statementReader(): (frame: Frame) => Whole | null {
  const texts = new Map<string, string>();
  let gathered: Buffer[] = [];
  let text = "";
  return ({ type, body, bytes }) => {
    if (type === "Q") return { text: textAt(body, 0), bytes };
    if (!["P", "B", "D", "E", "C", "H", "S"].includes(type)) return { text: null, bytes };
    gathered.push(bytes);
    if (type === "P") {
      const name = textAt(body, 0);
      text = textAt(body, Buffer.byteLength(name) + 1);
      texts.set(name, text);
    }
    // The portal's name comes first, then the statement's.
    if (type === "B") text = texts.get(textAt(body, Buffer.byteLength(textAt(body, 0)) + 1)) ?? "";
    if (type !== "S") return null;
    const whole = { text, bytes: Buffer.concat(gathered) };
    gathered = [];
    return whole;
  };
}

const textAt = (body: Buffer, start: number): string => body.toString("utf8", start, body.indexOf(0, start));

/** Reads answers until ReadyForQuery ("Z"): then the statement is done. */
function untilReady(ready: () => void): (chunk: Buffer) => void {
  const reader = frameReader(false);
  return (chunk) => {
    if (reader(chunk).some((frame) => frame.type === "Z")) ready();
  };
}

function socketOf(databaseUrl: string): { path: string; user: string; database: string } {
  const [, user = "", database = "", query = ""] = /^postgres(?:ql)?:\/\/([^@/]+)@\/([^?]+)\?(.+)$/.exec(databaseUrl) ?? [];
  const parameters = new URLSearchParams(query);
  const folder = parameters.get("host");
  if (folder === null) throw new Error(`${databaseUrl}: not a PostgreSQL behind a unix socket`);
  return { path: join(folder, `.s.PGSQL.${parameters.get("port") ?? "5432"}`), user, database };
}

function listen(listener: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = listener.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
