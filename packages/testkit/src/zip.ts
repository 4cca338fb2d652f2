import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { fromBufferPromise } from "yauzl";

/**
 * What is in a ZIP, by path, in the order of its list; read by a library that is not the one which wrote it.
 * @throws Error when it is none, broke off, or holds a name that leads out of its folder, a wrong checksum, or one name twice
 */
export async function readZip(bytes: Buffer): Promise<ReadonlyMap<string, string>> {
  const zip = await fromBufferPromise(bytes, { strictFileNames: true });
  const files = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    const content = await buffer(await zip.openReadStreamPromise(entry));
    if (crc32(content) !== entry.crc32) throw new Error(`${entry.fileName} has another checksum`);
    if (files.has(entry.fileName)) throw new Error(`${entry.fileName} is in it twice`);
    files.set(entry.fileName, content.toString());
  }
  return files;
}
