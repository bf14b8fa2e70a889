/** Every wait of a modem's life, in ms. */
export interface ModemTimes {
  /** Unknown model: how long no new tty must have appeared before the ports are probed. */
  readonly portsSettleMs: number;
  /** From plug (or reset) to the last tty that is needed. */
  readonly portsTimeoutMs: number;
  readonly registrationTimeoutMs: number;
  /** pppd bounds LCP and IPCP itself; this is for a pppd that says nothing at all, before the call or after it. */
  readonly negotiationTimeoutMs: number;
  readonly watchRetryMs: number;
  readonly redialBaseMs: number;
  readonly redialMaxMs: number;
  /** Rest after a fault that may mend itself soon, or only later, or by a hand. */
  readonly restSoonMs: number;
  readonly restSoonMaxMs: number;
  readonly restLaterMs: number;
  readonly restHandMs: number;
  /** Rest when all steps of recovery were taken in vain. */
  readonly restSpentMs: number;
  /** Online so long, the modem counts as well again. */
  readonly stableMs: number;
  /** Between two looks at a SIM that the modem cannot use (it is not an absent or locked one: those are watched). */
  readonly simRetryMs: number;
  /** One step of recovery, from its turn to its being told. */
  readonly stepTimeoutMs: number;
  /** From a step to the modem's ports being looked for anew, unless the device comes back before. */
  readonly afterRadioMs: number;
  readonly afterResetMs: number;
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
  restSpentMs: 120_000,
  stableMs: 60_000,
  simRetryMs: 60_000,
  stepTimeoutMs: 30_000,
  afterRadioMs: 1_000,
  afterResetMs: 12_000,
  hangUpTimeoutMs: 6_000,
};
