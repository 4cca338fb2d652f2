/** The limit of every request: Fastify with nothing of ours. It is told its port, so that its start can be timed like the server's. */
import { fastify } from "fastify";

const http = fastify({ logger: false });
http.get("/", (_request, reply) => reply.send({ hello: "world" }));
await http.listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) });
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => process.exit());
process.send?.({});
