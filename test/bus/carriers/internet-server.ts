// The internet's only server: a program of its own, run in the internet's namespace. GET /ip answers the client's
// address as seen here, GET /bytes/N a body of N patterned bytes. Any DNS query is answered that there is no such name.
// It is asked for its counts over Node's IPC channel.
import { createSocket } from "node:dgram";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { DNS_PORT, HTTP_PORT, SERVER_ADDRESS, SERVER_ADDRESS6 } from "./addresses.ts";
import { PATTERN } from "./pattern.ts";

/** Connections by the client's address. */
let counts: Record<string, number> = {};

const answer: RequestListener = (request, response) => {
  const address = request.socket.remoteAddress ?? "";
  const length = /^\/bytes\/(\d{1,10})$/.exec(request.url ?? "")?.[1];
  response.setHeader("x-client", address);
  if (length !== undefined) void sendPattern(response, Number(length));
  else if (request.url === "/ip") response.end(address);
  else response.writeHead(404).end();
};

/** Listens on one of the server's addresses. */
function serve(host: string): Promise<void> {
  const server = createServer(answer);
  server.on("connection", (socket) => {
    const address = socket.remoteAddress ?? "";
    counts[address] = (counts[address] ?? 0) + 1;
  });
  // Links die in mid-connection here: that is what the tests are about.
  server.on("clientError", (_error, socket) => socket.destroy());
  return new Promise((resolve) => server.listen({ host, port: HTTP_PORT, backlog: 1024 }, resolve));
}

async function sendPattern(response: ServerResponse, length: number): Promise<void> {
  response.setHeader("content-length", length);
  for (let left = length; left > 0 && !response.destroyed; left -= PATTERN.length) {
    if (response.write(PATTERN.subarray(0, Math.min(left, PATTERN.length)))) continue;
    await new Promise<void>((resolve) => {
      response.once("drain", resolve);
      response.once("close", resolve);
    });
  }
  response.end();
}

/** RFC 1035, 4.1.1: the query itself, with QR, RD, RA and the name error in its flags. */
const nameServer = createSocket("udp4", (query, { address, port }) => {
  if (query.length < 12) return;
  query.writeUInt16BE(0x8183, 2);
  nameServer.send(query, port, address);
});
nameServer.bind(DNS_PORT, SERVER_ADDRESS);

process.on("message", (question: { id: number; reset: boolean }) => {
  process.send?.({ id: question.id, result: counts });
  if (question.reset) counts = {};
});
process.on("disconnect", () => process.exit(0));
await Promise.all([SERVER_ADDRESS, SERVER_ADDRESS6].map(serve));
process.send?.({ ready: true });
