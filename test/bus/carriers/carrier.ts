import type { Call, CallEvents, Network } from "../devices/serial/modem.ts";
import type { ModemParams } from "../devices/serial/modem-params.ts";
import { carrierNames } from "./addresses.ts";
import { framesWithout, IPCP } from "./ppp-frames.ts";
import { type Authentication, type Offer, PLAIN_OFFER, type Pppd, startPppd } from "./pppd.ts";

/**
 * The network behind one modem: the call that is being made, or a pppd that waits for the next one. It waits in
 * advance because a program takes long to start in an emulated guest, which a real network does not.
 */
export class Carrier implements Network {
  readonly #id: number;
  #waiting: { readonly pppd: Pppd; readonly terms: string } | null = null;
  #offer = PLAIN_OFFER;
  #active: { readonly call: Call; readonly events: CallEvents } | null = null;
  /** What the next call will be asked for; undefined while no modem wants one. */
  #wanted: Authentication | undefined;
  #isDeaf = false;

  /** @param id a carrier whose namespace exists. */
  constructor(id: number) {
    this.#id = id;
  }

  get isInCall(): boolean {
    return this.#active !== null;
  }

  /** Loses every byte of a call, LCP too, without ending it: a stick whose firmware hangs. */
  setDeaf(isDeaf: boolean): void {
    this.#isDeaf = isDeaf;
  }

  /** What calls get from now on. */
  set offer(offer: Offer) {
    this.#offer = offer;
    if (this.#wanted !== undefined && this.#active === null) this.#wait(this.#wanted);
  }

  /** Ends the call from the network's side. */
  hangUp(): void {
    const active = this.#active;
    active?.call.hangUp();
    active?.events.ended();
  }

  prepare({ authentication }: ModemParams): void {
    this.#wanted = authentication;
    if (this.#active === null) this.#wait(authentication);
  }

  release(): void {
    this.#wanted = undefined;
    this.#waiting?.pppd.kill("SIGKILL");
    this.#waiting = null;
  }

  call({ authentication, ppp }: ModemParams, events: CallEvents): Call {
    this.#active?.call.hangUp();
    if (ppp === "looped") {
      const call = this.#createLoop(events);
      this.#active = { call, events };
      return call;
    }
    const pppd = this.#wait(authentication);
    this.#waiting = null;
    const call = this.#createCall(pppd, events, ppp === "no IPCP");
    this.#active = { call, events };
    return call;
  }

  /** A line that leads nowhere: what is sent comes back. */
  #createLoop(events: CallEvents): Call {
    const call: Call = {
      write: (data) => {
        if (this.#active?.call === call) events.data(Buffer.from(data));
        return undefined;
      },
      setPaused: () => {},
      hangUp: () => {
        if (this.#active?.call === call) this.#active = null;
      },
    };
    return call;
  }

  #createCall(pppd: Pppd, events: CallEvents, withoutIpcp: boolean): Call {
    let isOver = false;
    const filter = (): ((data: Buffer) => Buffer) => (withoutIpcp ? framesWithout(IPCP) : (data) => data);
    const [upwards, downwards] = [filter(), filter()];
    const end = (): void => {
      isOver = true;
      if (this.#active?.call === call) this.#active = null;
      // Not SIGTERM: a network that has hung up exchanges no farewells.
      pppd.kill("SIGKILL");
    };
    const call: Call = {
      write: (data) => (isOver || this.#isDeaf ? undefined : writeTo(pppd, upwards(data))),
      setPaused: (paused) => (paused ? pppd.stdout.pause() : pppd.stdout.resume()),
      hangUp: end,
    };
    pppd.stdout.on("data", (bytes: Buffer) => {
      if (!isOver && !this.#isDeaf) events.data(downwards(bytes));
    });
    pppd.once("close", () => {
      const endedByItself = !isOver;
      end();
      if (endedByItself) events.ended();
      if (this.#wanted !== undefined && this.#active === null) this.#wait(this.#wanted);
    });
    return call;
  }

  /** The pppd that waits for a call with this authentication and the offer of now. */
  #wait(authentication: Authentication): Pppd {
    const terms = JSON.stringify([authentication, this.#offer]);
    if (this.#waiting?.terms === terms) return this.#waiting.pppd;
    this.#waiting?.pppd.kill("SIGKILL");
    const pppd = startPppd(carrierNames(this.#id), authentication, this.#offer);
    this.#waiting = { pppd, terms };
    return pppd;
  }
}

function writeTo(pppd: Pppd, data: Buffer): Promise<void> | undefined {
  if (pppd.stdin.write(data)) return undefined;
  return new Promise((resolve) => {
    pppd.stdin.once("drain", resolve);
    pppd.stdin.once("close", resolve);
  });
}
