import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { linksOf } from "./mail-links.ts";

/** What the list of mails shows; kept in memory. */
export interface MailSummary {
  id: string;
  /** Who it was delivered to: the envelope's recipients, hidden ones too. */
  to: string[];
  from: string;
  subject: string;
  /** Null when the sender gave none. */
  message_id: string | null;
  /** Only when the mailbox has a clock. */
  received_at?: string;
}

export interface Mail extends MailSummary {
  /** Empty when the mail has no such part. */
  text: string;
  html: string;
  links: string[];
}

export interface Delivery {
  from: string;
  to: string[];
  raw: Buffer;
  receivedAt?: Date;
}

export interface MailStore {
  /** Returns when the mail is on disk. One that is there already, by Message-ID and recipients, is not stored again. */
  add(delivery: Delivery): Promise<void>;
  /** Oldest first; `to` filters by one exact address, in any case. */
  summaries(to?: string): MailSummary[];
  list(to?: string): Promise<Mail[]>;
  get(id: string): Promise<Mail | null>;
  clear(): Promise<void>;
  /** Returns when nothing is being written. */
  settle(): Promise<void>;
}

/**
 * Keeps mails as files, one a mail: `<sequence>.eml`, the mail as it came below one header of ours that holds the envelope.
 * Bodies stay on disk, so that thousands of mails cost little memory.
 */
export async function openMailStore(folder: string): Promise<MailStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mails = await load(folder);
  const stored = new Map<string, Promise<void>>();
  for (const mail of mails.values()) if (mail.message_id) stored.set(identityOf(mail.message_id, mail.to), Promise.resolve());
  const shelf: Shelf = { folder, mails, stored, last: Math.max(0, ...mails.keys()) };
  return {
    add: (delivery) => addOnce(shelf, delivery),
    summaries: (to) => summariesOf(shelf, to),
    async list(to) {
      const found: Mail[] = [];
      for (const summary of summariesOf(shelf, to)) found.push(...(await read(shelf, summary)));
      return found;
    },
    async get(id) {
      const summary = /^[1-9]\d{0,14}$/.test(id) ? shelf.mails.get(Number(id)) : undefined;
      const [mail] = summary ? await read(shelf, summary) : [];
      return mail ?? null;
    },
    clear: () => clear(shelf),
    async settle() {
      await Promise.allSettled(stored.values());
    },
  };
}

interface Shelf {
  folder: string;
  mails: Map<number, MailSummary>;
  /** By identity; pending while it is being written, so that a repeat that comes meanwhile waits for the first. */
  stored: Map<string, Promise<void>>;
  /** The highest sequence given. */
  last: number;
}

async function addOnce(shelf: Shelf, delivery: Delivery): Promise<void> {
  const parsed = await parse(delivery.raw);
  if (parsed.messageId === null) return store(shelf, delivery, parsed);
  const identity = identityOf(parsed.messageId, delivery.to);
  const storing = shelf.stored.get(identity) ?? store(shelf, delivery, parsed);
  shelf.stored.set(identity, storing);
  try {
    await storing;
  } catch (error) {
    shelf.stored.delete(identity); // The sender will try again.
    throw error;
  }
}

async function store(shelf: Shelf, { to, from, raw, receivedAt }: Delivery, parsed: Parsed): Promise<void> {
  shelf.last += 1;
  const sequence = shelf.last;
  const receipt = receivedAt ? { received_at: receivedAt.toISOString() } : {};
  const head = { to, from: parsed.from || from, subject: parsed.subject, message_id: parsed.messageId, ...receipt };
  await writeSafely(shelf.folder, sequence, Buffer.concat([Buffer.from(`${HEADER}${asciiJson(head)}\r\n`), raw]));
  shelf.mails.set(sequence, { id: String(sequence), ...head });
}

function summariesOf(shelf: Shelf, to?: string): MailSummary[] {
  const isWanted = (mail: MailSummary) => to === undefined || mail.to.some((address) => address.toLowerCase() === to.toLowerCase());
  return [...shelf.mails.entries()]
    .sort(([one], [other]) => one - other)
    .map(([, mail]) => mail)
    .filter(isWanted);
}

/** None when it was cleared since it was listed. */
async function read(shelf: Shelf, summary: MailSummary): Promise<Mail[]> {
  const file = await readFile(pathOf(shelf.folder, Number(summary.id))).catch(() => null);
  if (!file) return [];
  const { text, html } = await parse(withoutHeader(file));
  return [{ ...summary, text, html, links: linksOf({ text, html }) }];
}

async function clear(shelf: Shelf): Promise<void> {
  await Promise.allSettled(shelf.stored.values());
  const sequences = [...shelf.mails.keys()];
  shelf.mails.clear();
  shelf.stored.clear();
  for (const sequence of sequences) await rm(pathOf(shelf.folder, sequence), { force: true });
}

const HEADER = "X-Gatehouse-Envelope: ";

/** One mail to two people may come as two deliveries with one Message-ID. */
function identityOf(messageId: string, to: readonly string[]): string {
  return JSON.stringify([messageId, ...to.map((address) => address.toLowerCase()).sort()]);
}

function pathOf(folder: string, sequence: number): string {
  return join(folder, `${String(sequence).padStart(8, "0")}.eml`);
}

/** On disk before the sender hears that it is stored: the file first, then its name in the folder. */
async function writeSafely(folder: string, sequence: number, content: Buffer): Promise<void> {
  const path = pathOf(folder, sequence);
  const file = await open(`${path}.part`, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function load(folder: string): Promise<Map<number, MailSummary>> {
  const mails = new Map<number, MailSummary>();
  for (const name of (await readdir(folder)).sort()) {
    // What was being written at a crash was never acknowledged: its sender sends it again.
    if (name.endsWith(".part")) await rm(join(folder, name), { force: true });
    const sequence = /^(\d{8,15})\.eml$/.exec(name)?.[1];
    if (sequence === undefined) continue;
    const id = String(Number(sequence));
    mails.set(Number(sequence), { id, ...(await readHead(join(folder, name))) });
  }
  return mails;
}

async function readHead(path: string): Promise<Omit<MailSummary, "id">> {
  const file = await readFile(path);
  const line = file.subarray(0, file.indexOf("\n")).toString();
  if (line.startsWith(HEADER)) {
    const head: unknown = JSON.parse(line.slice(HEADER.length));
    if (isHead(head)) return head;
  }
  // Put here by hand: its headers have to do for an envelope.
  const parsed = await parse(file);
  return { to: parsed.to, from: parsed.from, subject: parsed.subject, message_id: parsed.messageId };
}

function isHead(value: unknown): value is Omit<MailSummary, "id"> {
  if (typeof value !== "object" || value === null) return false;
  if (!("to" in value && "from" in value && "subject" in value && "message_id" in value)) return false;
  return Array.isArray(value.to) && typeof value.from === "string" && typeof value.subject === "string";
}

function withoutHeader(file: Buffer): Buffer {
  return file.subarray(0, HEADER.length).toString() === HEADER ? file.subarray(file.indexOf("\n") + 1) : file;
}

/** A header may hold ASCII only. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

interface Parsed {
  from: string;
  to: string[];
  subject: string;
  messageId: string | null;
  text: string;
  html: string;
}

async function parse(raw: Buffer): Promise<Parsed> {
  const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true });
  const to = mail.to === undefined ? [] : [mail.to].flat();
  return {
    from: mail.from?.text ?? "",
    to: to.flatMap((list) => list.value.flatMap(({ address }) => address ?? [])),
    subject: mail.subject ?? "",
    messageId: mail.messageId ?? null,
    text: mail.text ?? "",
    html: mail.html || "",
  };
}
