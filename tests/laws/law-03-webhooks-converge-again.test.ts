import { test } from "vitest";
import { runLives } from "./law-03/run-lives.ts";

const LIVES = Number(process.env["LIVES"] ?? 1_000);
const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin * 7));

// The other half of the 2,000 lives of each run.
test(
  `whatever becomes of their events, the subscriptions of ${LIVES} more lives end as Stripe has them (seed ${seed})`,
  { timeout: 900_000 },
  () => runLives(LIVES, seed),
);
