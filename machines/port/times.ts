/** Every wait of a port's life, in ms. */
export interface PortTimes {
  /** From the switch message to the device's return. */
  readonly reappearTimeoutMs: number;
  /** From the vanishing of a modem that was reset to its return. */
  readonly returnTimeoutMs: number;
  /** One switch attempt, all transfers together. */
  readonly switchTimeoutMs: number;
  readonly switchRetryMs: number;
  /** A device that might be a modem: how long a tty of a modem driver may take to appear. */
  readonly doubtTimeoutMs: number;
  /** A device that is no modem: how long a driver may take to make a radio of it, and udev to look it up. */
  readonly wonderTimeoutMs: number;
  /** A stuck device is tried again so seldom. */
  readonly stuckRetryMs: number;
  /** Longest teardown of a modem; it bounds itself, so this is a safety net. */
  readonly clearTimeoutMs: number;
}

export const PORT_TIMES: PortTimes = {
  reappearTimeoutMs: 20_000,
  returnTimeoutMs: 60_000,
  switchTimeoutMs: 10_000,
  switchRetryMs: 1_000,
  doubtTimeoutMs: 10_000,
  wonderTimeoutMs: 3_000,
  stuckRetryMs: 60_000,
  clearTimeoutMs: 20_000,
};
