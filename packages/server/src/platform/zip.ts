import { pipeline, type Readable, Transform } from "node:stream";
import ZipStream from "zip-stream";
import type { ExportFile } from "./product-parts.ts";

/**
 * The files as a ZIP, in their order. The next one is asked for when the one before has been read, so that however slowly it is read, one
 * file waits in memory; of those before it, what the list at the end says of them.
 *
 * A ZIP is opened by that list, so one that breaks off opens nowhere: when `files` throws, the stream is destroyed with that error before the
 * list is written. Who destroys the stream ends `files`.
 * @param at the time of change of every file
 */
export function streamZip(files: AsyncIterable<ExportFile>, at: Date): Readable {
  const zip = new ZipStream({ level: 6 });
  const output = gathering();
  pipeline(zip, output, () => undefined);
  writeAll(zip, output, files, at).catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
  return output;
}

async function writeAll(zip: ZipStream, output: Readable, files: AsyncIterable<ExportFile>, at: Date): Promise<void> {
  for await (const file of files) {
    if (!output.destroyed) await write(zip, output, file, at);
    if (output.destroyed) return;
  }
  zip.finalize();
}

/** Ends when the file has been taken, or when nobody takes anything any more: then the library would never say so. */
function write(zip: ZipStream, output: Readable, file: ExportFile, at: Date): Promise<void> {
  return new Promise((resolve, reject) => {
    output.once("close", resolve);
    zip.entry(Buffer.from(file.text), { name: file.name, date: at, mode: 0o644 }, (error) => {
      output.off("close", resolve);
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * The library writes its headers two bytes at a time, and each piece would be a chunk of HTTP: what is written in one turn goes on as one.
 * It is also a stream of Node's own, and not of the package that imitates them.
 */
function gathering(): Transform {
  let parts: Buffer[] = [];
  const send = (): void => {
    if (parts.length > 0 && !output.destroyed) output.push(Buffer.concat(parts));
    parts = [];
  };
  const output = new Transform({
    transform(part: Buffer, _encoding, done) {
      parts.push(part);
      // Whoever writes is held back only by what is pushed here.
      if (output.readableLength >= output.readableHighWaterMark) send();
      else if (parts.length === 1) setImmediate(send);
      done();
    },
    flush(done) {
      send();
      done();
    },
  });
  return output;
}
