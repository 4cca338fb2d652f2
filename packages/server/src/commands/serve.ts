import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../cli-error.ts";
import { systemClock } from "../platform/clock.ts";
import { type Config, halfConfigured, readConfig, sandboxParts } from "../platform/config.ts";
import { openLog } from "../platform/log.ts";
import { type Gatehouse, openGatehouse, type Role } from "../server.ts";
import type { Command, OptionValues } from "./context.ts";
import { bringUpToDate } from "./migrate.ts";
import { plainDatabaseErrors } from "./plain-database-errors.ts";

export const serveCommand: Command = {
  name: "serve",
  alias: "start",
  summary: "Serve the API and work off the jobs",
  details:
    "With nothing configured this is the sandbox: an embedded PostgreSQL, a mailbox, a Google, a Microsoft, a Stripe and a clock that can be moved, all on this machine;\nthe schema is then migrated at start. In production it is not: run `gatehouse migrate` first.",
  positionals: [],
  options: { role: { type: "string", description: "api, worker or all (the default)" } },
  examples: ["gatehouse serve", "PORT=4001 gatehouse serve", "gatehouse serve --role worker"],
  async run(context, _positionals, options) {
    const role = roleOf(options);
    // From here on, so that a stop that comes while the stand-ins start leaves no database behind.
    const stopped = context.untilStopped();
    const asked = sandboxParts(context.env);
    if (role !== "worker")
      await context.assertPortFree(asked.host, asked.port).catch((error: Error) => Promise.reject(new UserError(error.message)));
    const clock = systemClock();
    const standIns = asked.sandbox
      ? await context.startStandIns({
          home: asked.home,
          parts: asked,
          holdsMailbox: role !== "worker",
          baseUrl: asked.baseUrl,
          origin: asked.origin,
          clock,
        })
      : null;
    try {
      const config = readConfig(context.env, standIns?.variables);
      if (config.sandbox) await plainDatabaseErrors(() => bringUpToDate(config, context.product));
      const log = openLog({ level: config.logLevel, now: clock.wall });
      for (const sentence of halfConfigured(context.env)) log.warn(sentence);
      const gatehouse = await openGatehouse({
        config,
        clock,
        log,
        product: context.product,
        role,
        ...(standIns ? { extend: (http, opened) => standIns.extend(http, opened) } : {}),
      });
      const say = (text: string, event: object): void => context.print(options["json"] === true ? JSON.stringify(event) : text);
      await runUntilStopped({ gatehouse, role, product: context.product.catalogue.productName, stopped, say });
    } finally {
      await standIns?.stop();
    }
    return null;
  },
};

function roleOf(options: OptionValues): Role {
  const role = options["role"] ?? "all";
  if (role === "all" || role === "api" || role === "worker") return role;
  throw new UserError(`--role is api, worker or all, not "${String(role)}".`);
}

interface Run {
  readonly gatehouse: Gatehouse;
  readonly role: Role;
  readonly product: string;
  readonly stopped: Promise<void>;
  /** The same for people and for machines. */
  say(text: string, event: object): void;
}

async function runUntilStopped({ gatehouse, role, product, stopped, say }: Run): Promise<void> {
  const { config, log } = gatehouse.app;
  const starting = startInBackground(gatehouse);
  try {
    if (role !== "worker") await gatehouse.http.listen({ host: config.host, port: config.port });
    // In the sandbox the URLs are printed when everything answers; in production a database that is away must not hold up the start.
    if (config.sandbox) await Promise.race([starting.done, stopped]);
    say(welcome(config, role, product), { event: "started", role, base_url: config.baseUrl, sandbox: config.sandbox });
    await stopped;
    log.info("stopping");
    say("Stopping: finishing what is under way.", { event: "stopping" });
  } finally {
    starting.giveUp();
    // A start that is under way would begin to work after the stop, and keep the process alive.
    await Promise.race([starting.done, pause(config.shutdownSeconds * 1000, undefined, { ref: false })]);
    await gatehouse.stop();
  }
  say("Stopped.", { event: "stopped" });
}

const TRY_AGAIN_MILLISECONDS = 1000;

/** Tries until the database answers: a server that is started before its database comes to life with it. */
function startInBackground(gatehouse: Gatehouse): { done: Promise<void>; giveUp(): void } {
  let hasGivenUp = false;
  let wake: () => void = () => undefined;
  const attempt = async (): Promise<void> => {
    while (!hasGivenUp) {
      try {
        return await gatehouse.start();
      } catch (error) {
        if (hasGivenUp) return;
        gatehouse.app.log.warn({ err: error }, "cannot start to work yet; trying again");
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, TRY_AGAIN_MILLISECONDS).unref();
        });
      }
    }
  };
  return {
    done: attempt(),
    giveUp() {
      hasGivenUp = true;
      wake();
    },
  };
}

function welcome(config: Config, role: Role, product: string): string {
  if (role === "worker") return `The worker of ${product} is working. Ctrl-C ends it.`;
  const at = (path: string, what: string): string => `  ${`${config.baseUrl}${path}`.padEnd(46)} ${what}`;
  return [
    `Gatehouse serves ${product}${config.sandbox ? " in the sandbox: nothing leaves this machine" : ""}.`,
    "",
    ...(config.sandbox
      ? [
          at("/sandbox", "start here: what there is"),
          at("/sandbox/mail", "every mail that was sent"),
          at("/sandbox/stripe", "Stripe: pay with test cards, fail, refund"),
          at("/sign-in", "sign in, with Google and Microsoft played too"),
          at("/sandbox/clock", "the clock, to be moved by days"),
        ]
      : []),
    at("/api/v1", "the API"),
    at("/api/docs", "every route, to browse"),
    at("/api/openapi.json", "the same for programs"),
    at("/readyz", "is it ready?"),
    "",
    ...(config.sandbox ? ["See the life of a customer in another terminal: npm run tour", ""] : []),
    "Ctrl-C stops it; nothing is lost.",
  ].join("\n");
}
