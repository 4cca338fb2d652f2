import { createHash } from "node:crypto";
import { exportPath, foldedPath, numberedPath } from "@gatehouse/core";
import type { ExportFile, ExportSection } from "../platform/product-parts.ts";

export const README = "README.md";
export const MANIFEST = "MANIFEST.json";

/** What an export is about; in its first file and in its last. */
export interface ExportHead {
  readonly product: string;
  readonly account: { readonly id: string; readonly slug: string };
  readonly exportedAt: Date;
}

/** Gives each file its path, which no other has, and keeps what was given. */
export interface Manifest {
  /** @returns the file as it goes into the ZIP */
  add(folder: string, file: ExportFile): ExportFile;
  /** @param count records that a page of the section held */
  count(section: ExportSection, count: number): void;
  /** The last file: it lists every other one. */
  file(): ExportFile;
}

export function openManifest(head: ExportHead): Manifest {
  const files: { path: string; size: number; sha256: string }[] = [];
  const counts = new Map<string, number>();
  const giveUnique = uniquePaths([README, MANIFEST]);
  const list = (path: string, text: string): ExportFile => {
    files.push({ path, size: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") });
    return { name: path, text };
  };
  return {
    add: (folder, { name, text }) => list(folder === "" && name === README ? README : giveUnique(exportPath(folder, name)), text),
    count: (section, count) => counts.set(section.name, (counts.get(section.name) ?? 0) + count),
    file() {
      const { product, account, exportedAt } = head;
      const manifest = { format: 1, product, account, exported_at: exportedAt.toISOString(), counts: Object.fromEntries(counts), files };
      return { name: MANIFEST, text: `${JSON.stringify(manifest, null, 1)}\n` };
    },
  };
}

/** Numbers go on where they stopped: a thousand files of one title are not tried out anew for each. */
function uniquePaths(reserved: readonly string[]): (path: string) => string {
  const taken = new Set(reserved.map(foldedPath));
  const lastNumbers = new Map<string, number>();
  return (path) => {
    const key = foldedPath(path);
    let number = lastNumbers.get(key) ?? 1;
    let free = path;
    while (taken.has(foldedPath(free))) {
      number += 1;
      free = numberedPath(path, number);
    }
    taken.add(foldedPath(free));
    if (number > 1) lastNumbers.set(key, number);
    return free;
  };
}

/** The first file: what is in the ZIP, for whoever opens it and knows nothing of us. */
export function readme({ product, account, exportedAt }: ExportHead, sections: readonly ExportSection[]): ExportFile {
  const lines = sections.map(
    ({ name, folder, about }) => `- ${folder === "" ? `\`${name}.json\`` : `${name} in \`${folder}/\``}: ${about}`,
  );
  const text = `# Export of ${account.slug}

Everything that ${product} keeps of this account, read at ${exportedAt.toISOString()} (UTC).

${lines.join("\n")}

\`${MANIFEST}\` lists every file with its size in bytes and its SHA-256, and how many records each part has. It is written last: where it is
missing, the download broke off.

JSON is UTF-8; instants are ISO 8601 in UTC; ids are the same in every file. Files that end in -2, -3 and so on go on where the one before
ends. What was changed while the export was read may be in it as it was before or as it is after. Passwords, sign-ins and the links of
mails are not in it: they are a person's, or nobody's.
`;
  return { name: README, text };
}
