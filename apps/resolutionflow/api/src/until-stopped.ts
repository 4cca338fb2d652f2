/** A terminal's Ctrl-C reaches the launcher and us, and the launcher passes it on: within this time two are one. */
const SAME_SIGNAL_MILLISECONDS = 1000;

/**
 * Resolves when the process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or the launcher's death (its channel closes, so that a
 * launcher that was killed leaves nothing on the port). A second request after a second ends the process at once.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const ask = (): void => {
      const at = performance.now();
      if (firstAt !== null && at - firstAt > SAME_SIGNAL_MILLISECONDS) process.exit(1);
      firstAt ??= at;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ask);
    // No impatient human: what is being ended is left to end.
    const askOnce = (): void => {
      firstAt ??= performance.now();
      resolve();
    };
    process.on("disconnect", askOnce);
    // It may have died before anybody listened. Without a launcher this is undefined.
    if (process.connected === false) askOnce();
  });
}
