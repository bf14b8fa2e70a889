/** Every wait of a modem's life, in ms. */
export interface ModemTimes {
  /** Unknown model: how long no new tty must have appeared before the ports are probed. */
  readonly portsSettleMs: number;
  /** From plug (or reset) to the last tty that is needed. */
  readonly portsTimeoutMs: number;
  readonly registrationTimeoutMs: number;
  /** pppd bounds LCP and IPCP itself; this is for a pppd that says nothing at all. */
  readonly negotiationTimeoutMs: number;
  readonly watchRetryMs: number;
  readonly redialBaseMs: number;
  readonly redialMaxMs: number;
  /** Rest after a fault that may mend itself soon, or only later, or by a hand. */
  readonly restSoonMs: number;
  readonly restSoonMaxMs: number;
  readonly restLaterMs: number;
  readonly restHandMs: number;
  /** Longest teardown of pppd and of the open ports. */
  readonly hangUpTimeoutMs: number;
}

export const MODEM_TIMES: ModemTimes = {
  portsSettleMs: 1_500,
  portsTimeoutMs: 20_000,
  registrationTimeoutMs: 120_000,
  negotiationTimeoutMs: 45_000,
  watchRetryMs: 5_000,
  redialBaseMs: 1_000,
  redialMaxMs: 60_000,
  restSoonMs: 3_000,
  restSoonMaxMs: 60_000,
  restLaterMs: 60_000,
  restHandMs: 300_000,
  hangUpTimeoutMs: 6_000,
};
