import type { Box } from "../../bus/box.ts";
import { carrierNames } from "../../bus/carriers/addresses.ts";
import type { GuestProcess } from "../../bus/guest/guest-process.ts";

const FIRST_ANSWER = /^\[(\d+\.\d+)\] \d+ bytes from/m;

/** Twice a second each carrier pings its caller, which answers as soon as its link is up, whoever carries the LAN's traffic. */
export class CarrierPings {
  readonly #pings: ReadonlyMap<number, GuestProcess>;
  /** What ping's clock is ahead of the guest's monotonic one. */
  readonly #aheadMs: number;

  private constructor(pings: ReadonlyMap<number, GuestProcess>, aheadMs: number) {
    this.#pings = pings;
    this.#aheadMs = aheadMs;
  }

  static async start(box: Box, carriers: readonly number[]): Promise<CarrierPings> {
    const { stdout } = await box.guest.exec(["cut", "-d", " ", "-f", "1", "/proc/uptime"]);
    const { stdout: date } = await box.guest.exec(["date", "+%s.%N"]);
    // Both are one program's start apart: that is subtracted again, by the uptime of after.
    const { stdout: after } = await box.guest.exec(["cut", "-d", " ", "-f", "1", "/proc/uptime"]);
    const aheadMs = 1_000 * (Number(date) - (Number(stdout) + Number(after)) / 2);
    const pings = await Promise.all(
      carriers.map(async (carrier): Promise<[number, GuestProcess]> => {
        const { namespace, pppRemote } = carrierNames(carrier);
        // Without the link it would go round between carrier and internet: hence the one hop.
        const ping = ["ping", "-n", "-D", "-t", "1", "-i", "0.5", pppRemote];
        const name = `ping of carrier ${carrier}`;
        return [carrier, await box.guest.start(["ip", "netns", "exec", namespace, ...ping], { name })];
      }),
    );
    return new CarrierPings(new Map(pings), aheadMs);
  }

  /** Milliseconds from `sinceMs` until this carrier's first answer; null: none within `boundMs`. */
  async untilAnswered(carrier: number, sinceMs: number, boundMs: number): Promise<number | null> {
    const answer = await this.#pings
      .get(carrier)
      ?.waitFor(FIRST_ANSWER, boundMs)
      .catch(() => null);
    return answer ? 1_000 * Number(answer[1]) - this.#aheadMs - sinceMs : null;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pings.values()].map((ping) => ping.stop()));
  }
}
