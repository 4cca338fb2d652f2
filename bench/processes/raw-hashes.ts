/**
 * The limit of every sign-in: a process that makes argon2id hashes and nothing else, with the server's own parameters. Like whoever signs in, it
 * keeps `inFlight` under way; it counts those that end after the warm-up and before the end.
 */
import { ARGON2ID } from "@gatehouse/server/identity/hash-gate";
import { hash } from "@node-rs/argon2";
import { z } from "zod";

const question = z.object({ inFlight: z.int(), warmUpMilliseconds: z.number(), milliseconds: z.number() });

process.on("disconnect", () => process.exit());
process.on("message", (message) => void run(question.parse(message)).then((answer) => process.send?.(answer)));
process.send?.({});

async function run({ inFlight, warmUpMilliseconds, milliseconds }: z.infer<typeof question>) {
  const from = performance.now() + warmUpMilliseconds;
  const end = from + milliseconds;
  let count = 0;
  let made = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      await hash("correct horse battery staple", ARGON2ID);
      const at = performance.now();
      made += 1;
      if (at >= from && at < end) count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return { perSecond: (count * 1000) / milliseconds, made };
}
