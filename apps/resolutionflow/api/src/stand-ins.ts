import type { Server } from "node:http";
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
    async extend(http, { app, moveClock, settle }) {
      http.get("/", (_request, reply) => reply.redirect("/sandbox", 303));
      const { mailbox, stripe, providers } = standIns;
      await providers?.hang(http);
      if (stripe) http.addHook("onListen", async () => stripe.webhooks.sendTo(`${addressOf(http.server)}/api/v1/webhooks/stripe`));
      // Another process has them, and shows them.
      if (!mailbox && !stripe && !providers) return;
      await http.register(sandbox.sandboxRoutes, {
        prefix: "/sandbox",
        mailbox,
        clock: {
          now: app.clock.now,
          offsetMilliseconds: () => app.clock.now().getTime() - app.clock.wall().getTime(),
          move: moveClock,
          settle,
        },
        stripe,
        parts: partsOf(app.config.baseUrl, { mail: mailbox !== null, stripe: stripe !== null, providers: providers !== null }),
      });
    },
  };
}

/** Where the server listens, as a program on this machine reaches it: BASE_URL may be a name that only browsers know. */
function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("the server does not listen yet");
  const host = address.address === "0.0.0.0" || address.address === "::" ? "127.0.0.1" : address.address;
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
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

const partsOf = (baseUrl: string, played: { mail: boolean; stripe: boolean; providers: boolean }) => [
  { name: "api", title: "The API", url: `${baseUrl}/api/v1`, what: "Registration, sessions, access, and the product behind its guards." },
  { name: "docs", title: "Documentation", url: `${baseUrl}/api/docs`, what: "Every route, to browse and to try." },
  { name: "openapi", title: "OpenAPI 3.1", url: `${baseUrl}/api/openapi.json`, what: "The same document for programs." },
  ...(played.mail
    ? [{ name: "mail", title: "Mailbox", url: `${baseUrl}/sandbox/mail`, what: "Every mail that was sent; none leaves this machine." }]
    : []),
  ...(played.stripe
    ? [
        {
          name: "stripe",
          title: "Stripe",
          url: `${baseUrl}/sandbox/stripe`,
          what: "Payments with test cards; watch the events, or break them.",
        },
      ]
    : []),
  ...(played.providers
    ? [
        {
          name: "sign-in",
          title: "Sign-in with Google and Microsoft",
          url: `${baseUrl}/sign-in`,
          what: "Both are played: be whoever you like, also somebody who claims another's address.",
        },
      ]
    : []),
  {
    name: "clock",
    title: "Clock",
    url: `${baseUrl}/sandbox/clock`,
    what: "Move the product's time forward and see trials and graces end.",
  },
  { name: "billing", title: "Plan and billing", url: `${baseUrl}/billing`, what: "What the signed-in account has, and until when." },
  {
    name: "team",
    title: "Team",
    url: `${baseUrl}/team`,
    what: "Members, invites, ownership, export and deletion of the signed-in account.",
  },
  { name: "health", title: "Health", url: `${baseUrl}/readyz`, what: "Whether it is ready to serve." },
];
