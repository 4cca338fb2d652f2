import { readdirSync, readFileSync } from "node:fs";

/** What processes spent, over what they did: it hardly minds what else the machine does meanwhile. */
export interface CpuLedger {
  add(name: string, seconds: number, count: number): void;
  /** Milliseconds of processor time each; NaN where the system does not tell. */
  millisecondsEach(name: string): number;
}

export function cpuLedger(): CpuLedger {
  const spent = new Map<string, { seconds: number; count: number }>();
  return {
    add(name, seconds, count) {
      const so = spent.get(name) ?? { seconds: 0, count: 0 };
      spent.set(name, { seconds: so.seconds + seconds, count: so.count + count });
    },
    millisecondsEach(name) {
      const { seconds = Number.NaN, count = 1 } = spent.get(name) ?? {};
      return (seconds / count) * 1000;
    },
  };
}

/** `times` in /proc counts in hundredths of a second. */
const TICKS_A_SECOND = 100;

/** What a process has spent so far; NaN where there is no /proc. */
export const cpuSeconds = (pid: number): number => ticksOf(pid).own / TICKS_A_SECOND;

/** The same with its children, those that have ended included: PostgreSQL has one for each connection. */
export function cpuSecondsOfFamily(pid: number): number {
  const { own, ended } = ticksOf(pid);
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && ticksOf(Number(name)).parent === pid);
  return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), (own + ended) / TICKS_A_SECOND);
}

function ticksOf(pid: number): { parent: number; own: number; ended: number } {
  try {
    // "pid (name) state ppid ...", where the name may hold spaces; utime, stime, cutime and cstime are the 14th to 17th field (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ").map(Number) ?? [];
    const at = (place: number): number => fields[place] ?? Number.NaN;
    return { parent: at(1), own: at(11) + at(12), ended: at(13) + at(14) };
  } catch {
    return { parent: Number.NaN, own: Number.NaN, ended: Number.NaN };
  }
}
