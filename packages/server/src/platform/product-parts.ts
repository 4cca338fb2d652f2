import type { RawBuilder } from "kysely";
import type { Tx } from "./app.ts";

/** A file of an account's export; `name` is its path in the ZIP, within the folder of its section. */
export interface ExportFile {
  readonly name: string;
  readonly text: string;
}
export interface ExportPage {
  readonly files: readonly ExportFile[];
  /** How many things of the account they hold; the manifest adds them up. */
  readonly records: number;
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
}
/**
 * A part of an account's export. It is read page by page, each in a short transaction of its own, so that a slow download holds no
 * connection; so much of it is in memory at once.
 */
export interface ExportSection {
  /** What the manifest counts it under. */
  readonly name: string;
  /** A sentence for whoever opens the ZIP: what is in it, and what can be done with it. */
  readonly about: string;
  /** Its folder in the ZIP; `""` is the root. */
  readonly folder: string;
  page(tx: Tx, accountId: string, after: string | null): Promise<ExportPage>;
}

/** A first step on the dashboard. Whether it is done is looked up, asked within one statement for all of them; nothing is ticked. */
export interface ChecklistFact {
  readonly key: string;
  readonly title: string;
  /** The page where it is done; null: the mailbox, or nowhere of ours. */
  readonly path: string | null;
  isDone(accountId: RawBuilder<string>): RawBuilder<boolean>;
}

/** What a product brings to accounts, beside its routes. */
export interface ProductParts {
  readonly exportSections: readonly ExportSection[];
  readonly checklist: readonly ChecklistFact[];
  /** Steps of the welcome after those that every product has. */
  readonly welcomeSteps: readonly string[];
  /** Deletes everything that the product keeps of the account, in the transaction that erases it. */
  eraseAccount(tx: Tx, accountId: string): Promise<void>;
}
