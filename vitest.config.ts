import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "apps/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.ts", "bench/**/*.test.ts"],
    // Starts the embedded PostgreSQL once and migrates the template from which each test file clones its database.
    globalSetup: ["tests/global-setup.ts"],
    // Processes, not threads: a test that leaks a handle or a global cannot reach another file's.
    pool: "forks",
    // Two cores are what a small build machine has; the database and argon2id share them.
    maxWorkers: 2,
    // An order that only passes by luck must fail here. The seed is printed; `npm test -- --sequence.seed=N` repeats it.
    sequence: { shuffle: { files: true, tests: true } },
    // Ends what hangs; it judges nothing. A busy machine may take ten times as long as a quiet one.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // A condition is waited for as long as a busy machine may need; it costs nothing where it holds at once.
    expect: { poll: { timeout: 30_000 } },
    retry: 0,
  },
});
