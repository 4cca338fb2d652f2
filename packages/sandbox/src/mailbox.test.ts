import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import nodemailer, { type SendMailOptions } from "nodemailer";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Mailbox, startMailbox } from "./mailbox.ts";

let home: string;
let mailbox: Mailbox;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  mailbox = await startMailbox({ home, port: 0 });
});

afterEach(async () => {
  await mailbox.stop();
  await rm(home, { recursive: true, force: true });
});

const MAIL = {
  from: "Gatehouse <no-reply@example.com>",
  to: "ada@example.com",
  subject: "Prüfe deine Adresse",
  messageId: "<one@example.com>",
  text: "Follow https://example.com/v?a=1&b=2.\n",
  html: '<p>Follow <a href="https://example.com/v?a=1&amp;b=2">this</a>',
};

async function send(mail: SendMailOptions): Promise<void> {
  const transport = nodemailer.createTransport(mailbox.smtpUrl);
  try {
    await transport.sendMail(mail);
  } finally {
    transport.close();
  }
}

test("a mail is shown as it was sent, with the exact link", async () => {
  await send(MAIL);
  expect(await mailbox.list()).toEqual([
    {
      id: "1",
      to: ["ada@example.com"],
      from: '"Gatehouse" <no-reply@example.com>',
      subject: "Prüfe deine Adresse",
      message_id: "<one@example.com>",
      text: "Follow https://example.com/v?a=1&b=2.\n",
      html: '<p>Follow <a href="https://example.com/v?a=1&amp;b=2">this</a>',
      links: ["https://example.com/v?a=1&b=2"],
    },
  ]);
});

test("mails survive the end of the mailbox, in their order, and new ones come after them", async () => {
  await send({ ...MAIL, bcc: "grace@example.com" });
  await send({ ...MAIL, subject: "two", messageId: "<two@example.com>" });
  const before = await mailbox.list();
  await mailbox.stop();
  await writeFile(join(home, "mail", "00000003.eml.part"), "cut off by a cr"); // What a crash leaves.

  mailbox = await startMailbox({ home, port: 0 });
  expect(await mailbox.list()).toEqual(before);
  expect(before[0]?.to).toEqual(["ada@example.com", "grace@example.com"]);
  await send({ ...MAIL, subject: "three", messageId: "<three@example.com>" });
  expect(mailbox.summaries().map(({ id }) => id)).toEqual(["1", "2", "3"]);
  expect(await readdir(join(home, "mail"))).toEqual(["00000001.eml", "00000002.eml", "00000003.eml"]);
});

test("a mail that is sent again after a crash of its sender arrives once", async () => {
  await Promise.all([send(MAIL), send(MAIL), send(MAIL)]);
  await mailbox.stop();
  mailbox = await startMailbox({ home, port: 0 });
  await send(MAIL);
  expect(mailbox.summaries()).toHaveLength(1);
});

test("one mail delivered to two people in two deliveries reaches both", async () => {
  await send(MAIL);
  await send({ ...MAIL, to: "grace@example.com" });
  expect(mailbox.summaries().map(({ to }) => to)).toEqual([["ada@example.com"], ["grace@example.com"]]);
});

test("the list can be narrowed to one address, in any case, and to no other that contains it", async () => {
  await send({ ...MAIL, to: "Ada@Example.com" });
  expect(await mailbox.list("ada@example.COM")).toHaveLength(1);
  expect(await mailbox.list("da@example.com")).toEqual([]);
});

test("a cleared mailbox takes the same mail again", async () => {
  await send(MAIL);
  await mailbox.clear();
  expect(await mailbox.list()).toEqual([]);
  expect(await readdir(join(home, "mail"))).toEqual([]);
  await send(MAIL);
  expect(await mailbox.list()).toHaveLength(1);
});

test("a paused mailbox tells the sender to try again later, and takes the mail when it is resumed", async () => {
  mailbox.pause();
  await expect(send(MAIL)).rejects.toMatchObject({ responseCode: 451 });
  expect(mailbox.summaries()).toEqual([]);
  mailbox.resume();
  await send(MAIL);
  expect(mailbox.summaries()).toHaveLength(1);
});

test("a mail carries the time of the clock that the mailbox is given, also after a restart", async () => {
  await mailbox.stop();
  mailbox = await startMailbox({ home, port: 0, clock: { now: () => new Date("2030-01-02T03:04:05Z") } });
  await send(MAIL);
  await mailbox.stop();
  mailbox = await startMailbox({ home, port: 0 });
  expect(mailbox.summaries()[0]?.received_at).toBe("2030-01-02T03:04:05.000Z");
});

test("a client that breaks off in the middle of a mail leaves nothing", async () => {
  const client = connect(Number(new URL(mailbox.smtpUrl).port), "127.0.0.1");
  const commands = ["EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "Subject: half"];
  const closed = new Promise((resolve) => client.once("close", resolve));
  client.on("data", () => {
    const command = commands.shift();
    if (command === undefined) return;
    client.write(`${command}\r\n`);
    if (commands.length === 0) client.end();
  });
  await closed;
  await mailbox.stop();
  expect(await readdir(join(home, "mail"))).toEqual([]);
  mailbox = await startMailbox({ home, port: 0 });
});

test("an id that is none finds nothing, whatever it looks like", async () => {
  for (const id of ["0", "2", "-1", "1e0", "../1", "__proto__", ""]) expect(await mailbox.get(id)).toBeNull();
});

test("a port that is taken is named", async () => {
  const port = Number(new URL(mailbox.smtpUrl).port);
  await expect(startMailbox({ home, port })).rejects.toThrow(`Port ${port}, which the sandbox's mailbox wants for SMTP, is taken`);
});
