/** The limit of the load generator itself: a socket that answers each request with the same bytes, unread. */
import { createServer } from "node:net";

const body = '{"hello":"world"}';
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: keep-alive\r\n\r\n${body}`,
);
const server = createServer({ noDelay: true }, (socket) => {
  // The generator sends one request at a time on a connection, and each is far smaller than a packet of the loopback.
  socket.on("data", () => socket.write(answer));
  socket.on("error", () => undefined);
});
server.listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) }, () => process.send?.({}));
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => process.exit());
