import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

/** Who a child process runs as; null means: as we are. PostgreSQL refuses to run as root, so root hands it to another user. */
export type Identity = { uid: number; gid: number } | null;

export interface Finished {
  /** Exit code; null when it was ended by a signal or could not be started. */
  code: number | null;
  /** What it wrote on both outputs, or why it could not be started. */
  output: string;
}

/**
 * Runs a program to its end and gives what it said; never throws.
 *
 * The environment is a fixed small one: settings such as PGDATA or LD_PRELOAD of the caller must not change what runs.
 * @param cwd must be enterable by `as`: a program whose working folder it cannot read often fails at once
 */
export function run(program: string, parameters: readonly string[], as: Identity, cwd = "/"): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { ...as, cwd, env: POSTGRES_ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on("error", (error) => resolve({ code: null, output: error.message }));
    child.on("close", (code) => resolve({ code, output: output.trim() }));
  });
}

/** No locale and no time zone of the machine may leak into the data folder. */
export const POSTGRES_ENVIRONMENT = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/** Can this user enter the folder? Asked by trying, because modes, groups, ACLs and mounts all have a say. */
export async function canEnter(folder: string, as: Identity): Promise<boolean> {
  const entered = await run("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], as);
  return entered.code === 0;
}

/** The unprivileged user that every Unix has. PostgreSQL looks its own user up by number, so it must have a passwd entry. */
export async function nobody(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd);
  return entry ? { uid: Number(entry[1]), gid: Number(entry[2]) } : { uid: 65534, gid: 65534 };
}
