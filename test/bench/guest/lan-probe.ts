// Run in the guest, in the namespace of the LAN's client: `lan-probe.js EVERY_MS PATIENCE_MS` begins a TCP connection to the internet again and
// again, whatever becomes of those before, and says of each when it has been answered or given up: `number startMs tookMs +|-`.
import { connect } from "node:net";
import { HTTP_PORT, SERVER_ADDRESS } from "../../bus/carriers/addresses.ts";
import { monotonicMs } from "../../bus/devices/device-log.ts";

const [everyMs = 100, patienceMs = 3_000] = process.argv.slice(2).map(Number);
let number = 0;

function attempt(): void {
  const own = number++;
  const startMs = monotonicMs();
  const socket = connect({ host: SERVER_ADDRESS, port: HTTP_PORT });
  let isOver = false;
  const end = (sign: "+" | "-"): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    socket.destroy();
    process.stdout.write(`${own} ${startMs.toFixed(1)} ${(monotonicMs() - startMs).toFixed(1)} ${sign}\n`);
  };
  const timer = setTimeout(() => end("-"), patienceMs);
  socket.once("connect", () => end("+"));
  socket.once("error", () => end("-"));
}

setInterval(attempt, everyMs);
