import type { Readable } from "node:stream";
import { may } from "@gatehouse/core";
import { accessSections } from "../access/export-sections.ts";
import { findRole, readAccount } from "../accounts/account-export.store.ts";
import { accountSections } from "../accounts/export-sections.ts";
import { billingSections } from "../billing/export-sections.ts";
import type { App, Tx } from "../platform/app.ts";
import type { ExportFile, ExportPage, ExportSection } from "../platform/product-parts.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { streamZip } from "../platform/zip.ts";
import { type ExportHead, openManifest, readme } from "./export-manifest.ts";
import type { ExportTurns } from "./export-turns.ts";

type Parts = Pick<App, "db" | "clock" | "log" | "catalogue">;
type Who = Pick<Actor, "accountId" | "userId">;

/**
 * Everything of the account as a ZIP that is written while it is read. Its name is safe in a header and on a disk.
 *
 * Who took it is logged and not audited: a GET writes nothing (law 2), and browsers send one again as they please.
 * @param product sections of the product, after our own
 * @throws Refusal rate_limited | session_ended
 */
export async function exportAccount(
  app: Parts,
  turns: ExportTurns,
  who: Who,
  product: readonly ExportSection[],
): Promise<{ fileName: string; zip: Readable }> {
  const giveBack = turns.take(who.accountId);
  try {
    const exportedAt = app.clock.now();
    const account = (await app.db.forAccount(who.accountId, (tx) => readAccount(tx, who.accountId))) ?? refuse("session_ended");
    const head: ExportHead = { product: app.catalogue.productName, account: { id: account.id, slug: account.slug }, exportedAt };
    const sections = [...accountSections, ...billingSections, ...accessSections, ...product];
    const zip = streamZip(filesOf(app, who, head, sections), exportedAt);
    watch(app, who, zip, giveBack);
    return { fileName: `${account.slug}-${exportedAt.toISOString().slice(0, 10)}.zip`, zip };
  } catch (error) {
    giveBack();
    throw error;
  }
}

function watch(app: Parts, { accountId, userId }: Who, zip: Readable, giveBack: () => void): void {
  const told = { account_id: accountId, user_id: userId };
  app.log.info(told, "an account is being exported");
  zip.once("error", (error) => app.log.warn({ ...told, err: error }, "an account's export broke off"));
  zip.once("close", () => {
    giveBack();
    app.log.info({ ...told, is_whole: zip.readableEnded }, "an account's export is over");
  });
}

/** README.md, each section in turn, MANIFEST.json. */
async function* filesOf(app: Parts, who: Who, head: ExportHead, sections: readonly ExportSection[]): AsyncGenerator<ExportFile> {
  const manifest = openManifest(head);
  yield manifest.add("", readme(head, sections));
  for (const section of sections) {
    for await (const page of pagesOf(app, who, section)) {
      manifest.count(section, page.records);
      for (const file of page.files) yield manifest.add(section.folder, file);
    }
  }
  yield manifest.file();
}

/** No transaction is open while a page is sent: a slow reader holds memory for one page, and no connection. */
async function* pagesOf(app: Parts, who: Who, section: ExportSection): AsyncGenerator<ExportPage> {
  let after: string | null = null;
  do {
    const page: ExportPage = await readPage(app, who, section, after);
    yield page;
    after = page.next;
  } while (after !== null);
}

const readPage = (app: Parts, who: Who, section: ExportSection, after: string | null): Promise<ExportPage> =>
  app.db.forAccount(who.accountId, async (tx) => {
    await requireStillAllowed(tx, who);
    return section.page(tx, who.accountId, after);
  });

/** A download may take hours: whoever is removed meanwhile, or may not export any more, gets no further page. */
async function requireStillAllowed(tx: Tx, { accountId, userId }: Who): Promise<void> {
  const role = await findRole(tx, accountId, userId);
  if (role === null || !may(role, "account.export")) refuse("session_ended");
}
