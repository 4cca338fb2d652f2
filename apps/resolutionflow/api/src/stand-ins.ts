import type { StandInParts, StandInRequest } from "@gatehouse/server/commands/context";

/**
 * Starts the sandbox's stand-ins. They are loaded here and nowhere else, when they are asked for: a production process never holds them.
 */
export async function startStandIns(request: StandInRequest): Promise<StandInParts> {
  const sandbox = await import("@gatehouse/sandbox");
  // Not to the standard output: what a command prints there may be read by a program.
  const standIns = await sandbox.startStandIns({ ...request, uid: process.getuid?.() ?? 0, log: (line) => console.error(line) });
  return {
    variables: standIns.variables,
    stop: standIns.stop,
    async extend(http, { app, advanceClock }) {
      http.get("/", (_request, reply) => reply.redirect("/sandbox", 303));
      const mailbox = standIns.mailbox;
      if (!mailbox) return;
      await http.register(sandbox.sandboxRoutes, {
        prefix: "/sandbox",
        mailbox,
        clock: {
          now: app.clock.now,
          offsetMilliseconds: () => app.clock.now().getTime() - app.clock.wall().getTime(),
          advance: advanceClock,
        },
        parts: partsOf(app.config.baseUrl),
      });
    },
  };
}

export async function assertPortFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const { createServer } = await import("node:net");
  const isTaken = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(true));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(false)));
  });
  // Who has it is told by the sandbox's own check, which is loaded only when there is something to tell.
  if (isTaken) await (await import("@gatehouse/sandbox/ports")).assertPortFree(host, port);
}

const partsOf = (baseUrl: string) => [
  { name: "api", title: "The API", url: `${baseUrl}/api/v1`, what: "Registration, sessions, access, and the product behind its guards." },
  { name: "docs", title: "Documentation", url: `${baseUrl}/api/docs`, what: "Every route, to browse and to try." },
  { name: "openapi", title: "OpenAPI 3.1", url: `${baseUrl}/api/openapi.json`, what: "The same document for programs." },
  { name: "mail", title: "Mailbox", url: `${baseUrl}/sandbox/mail`, what: "Every mail that was sent; none leaves this machine." },
  {
    name: "clock",
    title: "Clock",
    url: `${baseUrl}/sandbox/clock`,
    what: "Move the product's time forward and see trials and graces end.",
  },
  { name: "billing", title: "Plan and billing", url: `${baseUrl}/billing`, what: "What the signed-in account has, and until when." },
  { name: "health", title: "Health", url: `${baseUrl}/readyz`, what: "Whether it is ready to serve." },
];
