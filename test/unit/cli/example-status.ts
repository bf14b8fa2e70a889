import type { PortPath } from "../../../src/hotplug/types.ts";
import type { BundleStatus, PortStatus, Status } from "../../../src/inspector/types.ts";

export const NOW = new Date("2026-01-05T14:09:00.000Z");

const path = (text: string): PortPath => text as PortPath;
const facts = { operator: null, technology: null, signalDbm: null, apn: null, imei: null, registration: null };

const states: readonly Omit<PortStatus, "history">[] = [
  {
    port: path("1-1.10"),
    kind: "modem",
    usbId: "12d1:1506",
    name: "Huawei E367",
    state: "online",
    since: "2026-01-05T13:56:30.000Z",
    modem: { ...facts, operator: "Telenor Sverige AB", technology: "HSPA", signalDbm: -85, apn: "online.telia.se" },
    powerMilliamps: 500,
  },
  {
    port: path("1-1.2"),
    kind: "modem",
    usbId: "19d2:0031",
    name: "ZTE MF102",
    state: "online",
    since: "2026-01-05T11:55:00.000Z",
    modem: { ...facts, operator: "Comviq", technology: "LTE", signalDbm: -71, apn: "data.comviq.se" },
    powerMilliamps: 500,
  },
  {
    port: path("1-1.3"),
    kind: "modem",
    usbId: "19d2:0031",
    name: "ZTE MF102",
    state: "resting",
    since: "2026-01-05T14:07:55.000Z",
    reason: "left out where a failure is told",
    failure: {
      kind: "RegistrationDenied",
      message: "port 1-1.3: the network denied the registration (+CREG: 3)",
      advice: "the network refuses this SIM; is it active and paid for?",
      attempts: 3,
    },
    modem: facts,
    powerMilliamps: 500,
  },
  {
    port: path("1-1.4"),
    kind: "modem",
    usbId: null,
    name: "ZTE MF102",
    state: "switching",
    since: "2026-01-05T14:08:58.000Z",
    powerMilliamps: 0,
  },
  {
    port: path("1-1"),
    kind: "hub",
    usbId: "05e3:0608",
    name: "USB2.0 Hub",
    state: "left alone",
    since: "2026-01-05T11:54:00.000Z",
    powerMilliamps: 100,
  },
  {
    port: path("1-1.5"),
    kind: "other",
    usbId: "0951:1666",
    name: "Data\u001b[31mTraveler\u202e\n",
    state: "left alone",
    since: "2026-01-02T02:00:00.000Z",
    reason: "mass storage that matches no modem in storage mode, so that it is left as it is",
    powerMilliamps: 300,
  },
];

const ports: readonly PortStatus[] = states.map((port) => ({
  ...port,
  history: (port.port === "1-1.3" ? ["probing", "registering", port.state] : [port.state]).map((state) => ({
    state,
    since: port.since,
  })),
}));

/** One of everything: two uplinks, a modem in trouble, one on its way, a hub, and a memory stick with a hostile name. */
export const EXAMPLE: Status = {
  schema: 1,
  agent: { version: "0.1.0", pid: 812, since: "2026-01-05T11:54:00.000Z" },
  ports,
  uplinks: [
    {
      port: path("1-1.2"),
      interface: "wan1-1_2",
      address: "10.64.12.7",
      role: "balance",
      tier: 1,
      weight: 1,
      percent: 25,
      setWeight: "auto",
      byHand: [],
      measured: 312_400,
      health: "good",
      rxBytes: 123_456_789,
      txBytes: 2_345_678,
    },
    {
      port: path("1-1.10"),
      interface: "wan1-1_10",
      address: "100.101.102.103",
      role: "balance",
      tier: 1,
      weight: 3,
      percent: 75,
      setWeight: 3,
      byHand: ["weight"],
      measured: null,
      health: "suspect",
      rxBytes: 9_912_345_678,
      txBytes: 345,
    },
  ],
  balancer: { by: "connection", byHand: false, rules: [] },
  accessPoint: null,
  bundle: null,
  interfaces: [],
  hubs: [
    {
      port: path("1-1"),
      drawnMilliamps: 2330,
      budgetMilliamps: 2000,
      over: true,
      devices: [
        { port: path("1-1.2"), name: "ZTE MF102", milliamps: 500 },
        { port: path("1-1.3"), name: "ZTE MF102", milliamps: 500 },
        { port: path("1-1.4"), name: "ZTE MF102", milliamps: 500 },
        { port: path("1-1.5"), name: "DataTraveler", milliamps: 330 },
        { port: path("1-1.10"), name: "Huawei E367", milliamps: 500 },
      ],
      note:
        "over-committed by 330 mA: 3 × ZTE MF102 at 500 mA, DataTraveler at 330 mA and Huawei E367 at 500 mA are 2330 mA, " +
        "and it has 2000 mA; use a hub with a stronger supply, or take something off it",
    },
    {
      port: "usb1",
      drawnMilliamps: 100,
      budgetMilliamps: 500,
      over: false,
      devices: [{ port: path("1-1"), name: "USB2.0 Hub", milliamps: 100 }],
      note: null,
    },
  ],
};

/** A bundle that carries over one link. */
export const BUNDLE: BundleStatus = {
  ...{ engine: "mptcp", concentrator: "vps.example:7119", state: "carrying", interface: null },
  since: "2026-01-05T14:00:00.000Z",
  members: [{ interface: "wan1-1_2", port: path("1-1.2") }],
};
