import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf, POSTGRES_MAJOR } from "./postgres-binaries.ts";
import { isTaken } from "./postmaster.ts";
import { canEnter, type Identity, nobody, run } from "./run-as.ts";

/** Where a server lives and who it runs as. */
export interface PostgresPlace {
  /** Holds the data folder and, where needed, a copy of the programs. */
  base: string;
  dataFolder: string;
  as: Identity;
  /** True when `base` is a folder of the system's that holds nothing but this. */
  isOutside: boolean;
}

/** The superuser of the cluster. The server never uses it; databases and roles are made with it. */
export const ADMIN_ROLE = "gatehouse_admin";

/**
 * Decides where the data lives: in `home`, unless we are root and the user that the server must then run as cannot reach it
 * (a checkout below a 0700 folder). Then it is a folder of the system's, and the file `data-location` in `home` names it.
 * @param home the .gatehouse folder, an absolute path; made when missing
 */
export async function choosePlace(home: string, uid: number, log: (line: string) => void): Promise<PostgresPlace> {
  // Enterable but not listable by others: root's server user must pass through. What is private inside has modes of its own.
  const isNew = (await mkdir(home, { recursive: true })) !== undefined;
  if (isNew) await chmod(home, 0o711);
  const realHome = await realpath(home);
  const inside = { base: realHome, dataFolder: join(realHome, "postgres"), isOutside: false };
  if (uid !== 0) return { ...inside, as: null };

  const moved = await movedBase(realHome, log);
  if (moved) {
    const dataFolder = join(moved, "postgres");
    return { base: moved, dataFolder, as: await ownerOr(nobody, dataFolder), isOutside: true };
  }

  const as = await ownerOr(nobody, inside.dataFolder);
  if (await canHost(realHome, as)) return { ...inside, as };

  const base = await makeBaseOutside(realHome, as);
  await writeFile(join(realHome, LOCATION_FILE), `${base}\n`);
  log(`PostgreSQL runs as an unprivileged user that cannot reach ${realHome}; its data lives in ${base}`);
  return { base, dataFolder: join(base, "postgres"), as, isOutside: true };
}

const LOCATION_FILE = "data-location";
/** Names the home that a folder outside belongs to. */
const HOME_FILE = "home";
/** Not /var/tmp if it can be helped: some systems delete what was not touched there for 30 days, file by file. */
const PLACES_OUTSIDE = ["/var/lib", "/var/tmp"];

/** The folder that `data-location` names, if it is this home's: a copied project must not share the original's data. */
async function movedBase(home: string, log: (line: string) => void): Promise<string | null> {
  const named = await readFile(join(home, LOCATION_FILE), "utf8").catch(() => "");
  const base = named.trim();
  if (base === "") return null;
  const owner = (await readFile(join(base, HOME_FILE), "utf8").catch(() => "")).trim();
  if (owner === home) return base;
  if (owner === "") {
    log(`${base}, named by ${join(home, LOCATION_FILE)}, is gone; starting with empty data`);
    return null;
  }
  if (await exists(owner)) {
    log(`${base} belongs to ${owner}; starting with data of its own`);
    return null;
  }
  await writeFile(join(base, HOME_FILE), `${home}\n`); // The project was moved, and its data goes with it.
  return base;
}

/** Can the user work below this folder? On some mounted folders a file cannot be given to another user. */
async function canHost(folder: string, as: { uid: number; gid: number }): Promise<boolean> {
  if (!(await canEnter(folder, as))) return false;
  const probe = await mkdtemp(join(folder, `${UNFINISHED}${process.pid}-`));
  try {
    await chown(probe, as.uid, as.gid);
    return (await stat(probe)).uid === as.uid && (await canEnter(probe, as));
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function makeBaseOutside(home: string, as: Identity): Promise<string> {
  const name = `gatehouse-${shortHash(home)}`;
  for (const place of PLACES_OUTSIDE) {
    const base = join(place, name);
    const isOurs = await makeOwnFolder(base, 0o711, { uid: 0, gid: 0 }).then(
      () => canEnter(base, as),
      () => false,
    );
    if (!isOurs) continue;
    await writeFile(join(base, HOME_FILE), `${home}\n`);
    return base;
  }
  throw new Error(`Found no folder for PostgreSQL's data that an unprivileged user can reach. Set GATEHOUSE_HOME to one.`);
}

/**
 * Makes a folder, or takes one over that is already ours. Refuses a link, another's folder and one that others may write:
 * in a public place such as /tmp somebody else may have been there first.
 */
export async function makeOwnFolder(path: string, mode: number, owner: { uid: number; gid: number }): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await chown(path, owner.uid, owner.gid);
    await chmod(path, mode); // Not in mkdir: the caller's umask would take bits away.
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== owner.uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${path} is in the way: it is not a folder of ours. Remove it, or set GATEHOUSE_HOME to another folder.`);
  }
}

/** Data made by an ordinary user stays that user's when root starts the same project later. */
async function ownerOr(fallback: () => Promise<{ uid: number; gid: number }>, folder: string): Promise<{ uid: number; gid: number }> {
  const found = await stat(folder).catch(() => null);
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : fallback();
}

/**
 * Makes the data folder where there is none. It is made under another name and renamed when whole, so that what carries the
 * name is always complete; of two that do this at once the first one's is taken.
 * @param isDurable false leaves out the flush to disk (tests)
 * @throws Error with what initdb said
 */
export async function ensureDataFolder(place: PostgresPlace, initdb: string, isDurable: boolean, log: (line: string) => void) {
  await removeUnfinished(place.base);
  if (await isWhole(place.dataFolder, log)) return;

  const unfinished = await mkdtemp(join(place.base, `${UNFINISHED}${process.pid}-`));
  if (place.as) await chown(unfinished, place.as.uid, place.as.gid);
  const parameters = [...INITDB_PARAMETERS, ...(isDurable ? [] : ["--no-sync"]), "-D", unfinished];
  const made = await run(initdb, parameters, place.as, unfinished);
  if (made.code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make its data folder: ${made.output}`);
  }
  try {
    await rename(unfinished, place.dataFolder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
  }
  await flushFolder(dirname(place.dataFolder));
}

const UNFINISHED = "postgres.new-";

/** The same answers on every machine: code point order, Unicode case rules built into PostgreSQL, no locale of the system. */
const INITDB_PARAMETERS = [
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  `--username=${ADMIN_ROLE}`,
  "--auth-local=trust",
  "--auth-host=reject",
  "--no-instructions",
];

/** A folder that was being made when its maker was killed. */
async function removeUnfinished(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const maker = Number.parseInt(name.slice(UNFINISHED.length), 10);
    if (Number.isNaN(maker) || !isTaken(maker)) await rm(join(base, name), { recursive: true, force: true });
  }
}

/** False when there is nothing to lose; what looks like data but cannot be opened is never deleted. */
async function isWhole(dataFolder: string, log: (line: string) => void): Promise<boolean> {
  const names = await readdir(dataFolder).catch((error) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  if (names === null || names.length === 0) return false;
  const version = (await readFile(join(dataFolder, "PG_VERSION"), "utf8").catch(() => "")).trim();
  if (version !== "" && version !== POSTGRES_MAJOR) {
    throw new Error(
      `${dataFolder} was made by PostgreSQL ${version}, and this is PostgreSQL ${POSTGRES_MAJOR}. Move that folder away, or set DATABASE_URL.`,
    );
  }
  if (version !== "" && (await exists(join(dataFolder, "global", "pg_control")))) return true;

  let aside = 1;
  while (await exists(`${dataFolder}.broken-${aside}`)) aside += 1;
  await rename(dataFolder, `${dataFolder}.broken-${aside}`);
  log(`${dataFolder} was not a whole data folder; moved to ${basename(dataFolder)}.broken-${aside}, starting with empty data`);
  return false;
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

/** Twelve hex digits that stand for a path, where the path itself would be too long or tell too much. */
export function shortHash(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 12);
}
