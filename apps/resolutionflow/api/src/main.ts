import { runCli } from "@gatehouse/server/cli";
import { processEnvironment } from "@gatehouse/server/platform/config";
import { resolutionFlow } from "./app.ts";
import { assertPortFree, startStandIns } from "./stand-ins.ts";
import { untilStopped } from "./until-stopped.ts";

// Who reads our words may go away first (`| head`); that must not end the server half way.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

/** The one command line: every command of Gatehouse, for this product. */
process.exitCode = await runCli(
  {
    product: resolutionFlow,
    env: processEnvironment(),
    startStandIns,
    assertPortFree,
    print: (text) => console.log(text),
    printError: (text) => console.error(text),
    ...(process.stderr.isTTY ? { overwrite: (line: string) => void process.stderr.write(`\r\x1b[K${line}`) } : {}),
    showStacks: true,
    untilStopped,
  },
  process.argv.slice(2),
);
// The launcher's channel would keep the process alive for good.
if (process.connected) process.disconnect();
// What a stop gave up waiting for (a mail server that does not answer) must not keep it alive either. What ends in time is not held up.
setTimeout(() => process.exit(), 500).unref();
