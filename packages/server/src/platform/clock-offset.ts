import type { App } from "./app.ts";
import type { OffsetClock } from "./clock.ts";
import { readSetting, writeSetting } from "./settings.store.ts";

const NOTE = "clock_offset_ms:";

/**
 * The sandbox's offset is a row that all processes share: one moves it, all follow in the same moment. Outside the sandbox the row is not
 * looked at, so that nobody can move a real product's time.
 */
export function followClockOffset(app: Pick<App, "db" | "signals" | "config" | "clock">, clock: OffsetClock) {
  const read = async (): Promise<void> => {
    if (!app.config.sandbox) return;
    const stored = await app.db.asSystem("the clock's offset belongs to no account", (tx) => readSetting(tx, "clock_offset_ms"));
    clock.setOffset(typeof stored === "number" ? stored : 0);
  };
  app.signals.on("settings", (note) => {
    if (app.config.sandbox && note.startsWith(NOTE)) clock.setOffset(Number(note.slice(NOTE.length)));
  });
  app.signals.onGap(() => void read().catch(() => undefined));
  return {
    read,
    /** @param milliseconds how far forward; time does not run backwards */
    async advance(milliseconds: number): Promise<void> {
      if (!app.config.sandbox) throw new Error("only the sandbox's clock can be moved");
      if (milliseconds < 0) throw new RangeError("the clock goes forward only");
      await app.db.asSystem("the clock's offset belongs to no account", async (tx) => {
        const stored = await readSetting(tx, "clock_offset_ms");
        const offset = (typeof stored === "number" ? stored : 0) + milliseconds;
        await writeSetting(tx, "clock_offset_ms", offset, app.clock.wall());
        await app.signals.publish(tx, "settings", `${NOTE}${offset}`);
      });
    },
  };
}
