/** A frame on its way, and how it was sent: a receiver is told the rate. */
export interface AirFrame {
  /** IEEE 802.11, from frame control on, without the check sequence. */
  readonly bytes: Buffer;
  readonly modulation: "cck" | "ofdm";
  /** The rate's code in the PLCP header: what OFDM writes there, or 0–3 for 1, 2, 5.5 and 11 Mbit/s of CCK. */
  readonly rate: number;
}

/** A chip's receiver. */
export interface Receiver {
  /** 1–14; null while it is tuned to none. */
  readonly channel: number | null;
  hear(frame: AirFrame): void;
}

/** What is between the emulated dongles: everybody on a channel hears what is sent there, and nothing is ever lost. */
export class Air {
  readonly #receivers = new Set<Receiver>();

  join(receiver: Receiver): void {
    this.#receivers.add(receiver);
  }

  leave(receiver: Receiver): void {
    this.#receivers.delete(receiver);
  }

  send(from: Receiver, frame: AirFrame): void {
    if (from.channel === null) return;
    for (const receiver of this.#receivers)
      if (receiver !== from && receiver.channel === from.channel) receiver.hear(frame);
  }
}
