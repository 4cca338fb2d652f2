import { spawn } from "node:child_process";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type PostgresBinaries, preparePostgresBinaries } from "./postgres-binaries.ts";
import { choosePlace, ensureDataFolder, makeOwnFolder, type PostgresPlace, shortHash } from "./postgres-folder.ts";
import { holdLease, type Lease, whyNotServing } from "./postgres-lease.ts";
import { disownLock, isPostmasterOf, readPostmasterFile, stopPostmaster, waitUntil } from "./postmaster.ts";
import { canEnter, POSTGRES_ENVIRONMENT } from "./run-as.ts";

export interface EmbeddedPostgres {
  /** The folder of the unix socket; only the server's user and root may enter it. */
  socketDir: string;
  port: number;
  dataDir: string;
  /** The process of the server, for tests that kill it. */
  pid: number;
  /** True when the server was already running: an earlier process was killed, or another one uses it too. */
  reused: boolean;
  /** A connection string for node-postgres. */
  url(database: string, user: string): string;
  /** Stops the server and waits until it is gone; while another process still uses it, only lets go of it. */
  stop(): Promise<void>;
  /** Stops the server at once, as a power cut would, whoever uses it. What was committed is kept (when durable). */
  stopNow(): Promise<void>;
  /** stopNow, and everything it stored is deleted. */
  remove(): Promise<void>;
}

export interface PostgresOptions {
  /** The .gatehouse folder; made when missing. */
  home: string;
  /** false: no flush to disk, faster and good for tests only. Default true. */
  durable?: boolean;
  /** process.getuid(): root hands the server to an unprivileged user. */
  uid: number;
  log(line: string): void;
}

/**
 * Starts the embedded PostgreSQL of a home, or takes over the one that already runs there.
 *
 * Safe to call after any crash, of this process or of the server, and by two processes at once: the data folder appears whole or
 * not at all, PostgreSQL's own lock lets one server win, and the other caller uses that one.
 * @throws Error in plain words, with the end of the server's log where that helps
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === "win32") {
    throw new Error("The embedded PostgreSQL needs unix sockets. On Windows use WSL, or set DATABASE_URL to a PostgreSQL of your own.");
  }
  const isDurable = options.durable ?? true;
  const home = resolve(options.home);
  const place = await choosePlace(home, options.uid, options.log);
  const binaries = await preparePostgresBinaries(place.base, place.as);
  await ensureDataFolder(place, binaries.initdb, isDurable, options.log);

  for (let attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt += 1) {
    const served = (await takeOver(place, options.log)) ?? (await launch(place, binaries, home, isDurable, options));
    // It may end between the look and the lease: another process may be stopping it.
    const lease = served && (await holdLease(served.socketDir, served.port));
    if (lease) return handleOf(served, lease, place, options.log);
    await pause(RETRY_MILLISECONDS);
  }
  throw new Error(`PostgreSQL did not start. ${join(home, LOG_FILE)} ends with:\n${await readLog(home, 0)}`);
}

/** Enough for another process to finish stopping or starting it, or for the orphans of a killed server to leave. */
const START_ATTEMPTS_MAX = 60;
const RETRY_MILLISECONDS = 250;
/** Recovery after a crash replays at most a few checkpoints of log. */
const READY_SECONDS_MAX = 120;
/** The socket is all there is, so the number only names it. */
const PORT = 5432;
const LOG_FILE = "postgres.log";
const LOG_BYTES_MAX = 10 * 1024 * 1024;

interface Served {
  pid: number;
  socketDir: string;
  port: number;
  reused: boolean;
}

/** Uses the server that runs on this data folder, if one does and answers. */
async function takeOver(place: PostgresPlace, log: (line: string) => void): Promise<Served | null> {
  const found = await readPostmasterFile(place.dataFolder);
  if (!found || !(await isPostmasterOf(found.pid, place.dataFolder))) return null;
  const { pid, port, socketFolder } = found;
  log(`PostgreSQL already runs on ${place.dataFolder} (process ${pid}); using it`);
  const answer = await waitForAnswer(pid, place.dataFolder, socketFolder, port);
  if (answer === "serving") return { pid, port, socketDir: socketFolder, reused: true };
  if (answer === "unreachable") {
    log(`PostgreSQL (process ${pid}) runs but cannot be reached at ${socketFolder}; starting it again`);
    await stopPostmaster(pid, place.dataFolder, "fast");
  }
  return null;
}

/** `unreachable`: its socket was deleted under it, as cleaners of /tmp do. `gone`: it ended meanwhile. */
async function waitForAnswer(
  pid: number,
  dataFolder: string,
  socketDir: string,
  port: number,
): Promise<"serving" | "unreachable" | "gone"> {
  let answer: "serving" | "unreachable" | "gone" = "gone";
  let looksWithoutSocket = 0;
  await waitUntil(async () => {
    const why = await whyNotServing(socketDir, port);
    if (why === null) answer = "serving";
    else if (!(await isPostmasterOf(pid, dataFolder))) answer = "gone";
    else {
      answer = "unreachable";
      looksWithoutSocket = why === "no_socket" ? looksWithoutSocket + 1 : 0;
      return looksWithoutSocket > 100; // It opens the socket long before the first two seconds are over.
    }
    return true;
  }, READY_SECONDS_MAX);
  return answer;
}

async function launch(
  place: PostgresPlace,
  binaries: PostgresBinaries,
  home: string,
  isDurable: boolean,
  options: PostgresOptions,
): Promise<Served | null> {
  const socketDir = await makeSocketFolder(place, options.uid);
  await disownLock(join(place.dataFolder, "postmaster.pid"), place.dataFolder);
  await disownLock(join(socketDir, `.s.PGSQL.${PORT}.lock`), place.dataFolder);

  const logFile = await openLog(home);
  try {
    const logStart = (await logFile.stat()).size;
    const parameters = ["-D", place.dataFolder, "-k", socketDir, "-p", String(PORT), ...serverSettings(isDurable)];
    // Detached: Ctrl-C goes to every process of the terminal's group, and the database must outlive the requests in flight.
    const server = spawn(binaries.postgres, parameters, {
      ...place.as,
      cwd: place.dataFolder,
      env: POSTGRES_ENVIRONMENT,
      detached: true,
      stdio: ["ignore", logFile.fd, logFile.fd],
    });
    const failure = new Promise<string>((onFailure) => server.on("error", (error) => onFailure(error.message)));
    server.unref();
    if (server.pid === undefined) throw new Error(`PostgreSQL could not be started: ${await failure}`);

    const answer = await waitForAnswer(server.pid, place.dataFolder, socketDir, PORT);
    const holder = await readPostmasterFile(place.dataFolder);
    if (answer === "serving" && holder?.pid === server.pid) return { pid: server.pid, port: PORT, socketDir, reused: false };
    const said = await readLog(home, logStart);
    if (answer === "serving" || MENDS_ITSELF.test(said)) return null;
    throw new Error(`PostgreSQL did not start. ${join(home, LOG_FILE)} ends with:\n${said}`);
  } finally {
    await logFile.close();
  }
}

/** Another start won, or the orphans of a killed server have not left yet. */
const MENDS_ITSELF = /lock file .* already exists|lock file .* is empty|shared memory block .* still in use/;

function serverSettings(isDurable: boolean): string[] {
  const settings = {
    listen_addresses: "",
    unix_socket_permissions: "0700",
    max_connections: "200",
    shared_buffers: "64MB",
    // No replica ever follows the sandbox.
    wal_level: "minimal",
    max_wal_senders: "0",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] ",
    ...(isDurable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A socket's path may have about 100 bytes, which a deep project exceeds: so it lies in the system's temporary folder. */
async function makeSocketFolder(place: PostgresPlace, uid: number): Promise<string> {
  const owner = place.as ?? { uid, gid: process.getgid?.() ?? -1 };
  const name = `gatehouse-${owner.uid}-${shortHash(place.dataFolder)}`;
  const socketBytesMax = 100;
  for (const parent of [tmpdir(), "/tmp"]) {
    const folder = join(parent, name);
    if (Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}.lock`)) > socketBytesMax || !(await canEnter(parent, place.as))) continue;
    await makeOwnFolder(folder, 0o700, owner);
    await chmod(folder, 0o700);
    return folder;
  }
  throw new Error(`PostgreSQL's user cannot reach ${tmpdir()} or /tmp for its socket. Set TMPDIR to a folder that it can reach.`);
}

async function openLog(home: string) {
  const path = join(home, LOG_FILE);
  await mkdir(home, { recursive: true });
  const found = await stat(path).catch(() => null);
  if (found && found.size > LOG_BYTES_MAX) await rename(path, `${path}.1`);
  return open(path, "a", 0o600);
}

/** The end of the log, at most 4 kB, and nothing before `start` (bytes). */
async function readLog(home: string, start: number): Promise<string> {
  const written = await readFile(join(home, LOG_FILE));
  return written
    .subarray(Math.max(start, written.length - 4096))
    .toString()
    .trim();
}

function handleOf(served: Served, lease: Lease, place: PostgresPlace, log: (line: string) => void): EmbeddedPostgres {
  const { pid, port, socketDir } = served;
  const stopNow = async () => {
    lease.release();
    await stopPostmaster(pid, place.dataFolder, "immediate");
  };
  return {
    ...served,
    dataDir: place.dataFolder,
    url: (database, user) => `postgresql://${user}@/${database}?host=${encodeURIComponent(socketDir).replaceAll("%2F", "/")}&port=${port}`,
    async stop() {
      const isLast = await lease.isLast();
      if (isLast) await stopPostmaster(pid, place.dataFolder, "fast");
      else log(`PostgreSQL (process ${pid}) stays up: another process uses it`);
      lease.release();
    },
    stopNow,
    async remove() {
      await stopNow();
      await rm(place.isOutside ? place.base : place.dataFolder, { recursive: true, force: true });
      await rm(socketDir, { recursive: true, force: true });
    },
  };
}
