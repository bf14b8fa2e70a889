import type { Heard, InterfaceDescription, RequestHeard } from "../description.ts";
import { KEYBOARD_HID_DESCRIPTOR } from "../hid-keyboard.ts";

type Ids = readonly [vendorId: number, productId: number];

/** One of usb_modeswitch's methods, as a stick that usb-modeswitch-data 20191128 has under it hears it. */
interface SpecialModeDescription {
  readonly id: Ids;
  readonly becomes: Ids;
  /** `eject`: any standard eject; `nothing`: no message of ours is needed. */
  readonly heard: readonly Heard[] | "eject" | "nothing";
  /** Its interface before and its interfaces after; by default a CD-ROM and a vendor-specific port. */
  readonly first?: InterfaceDescription;
  readonly after?: readonly InterfaceDescription[];
}

/** A serial port of a CDC class that the kernel's driver leaves alone for want of a data interface. */
const LONE_CDC: InterfaceDescription = {
  class: 0x02,
  subclass: 0x02,
  protocol: 0x00,
  role: "serial silent",
  endpoints: [{ address: 0x82, type: "interrupt" }],
};

/** An input device that hears interrupt messages; usbhid binds to it. */
const PHONE_CABLE: InterfaceDescription = {
  class: 0x03,
  subclass: 0x00,
  protocol: 0x00,
  role: "messages",
  extra: KEYBOARD_HID_DESCRIPTOR,
  endpoints: [
    { address: 0x81, type: "interrupt" },
    { address: 0x02, type: "interrupt" },
  ],
};

/** What a request needs beyond type, number and value; index is 0 in all of them. */
function request(
  requestType: number,
  number: number,
  value: number,
  more: { data?: string; length?: number; reports?: number } = {},
): RequestHeard {
  return { requestType, request: number, value, index: 0, ...more };
}

/** The rounds of MobileAction's sequence: a message, and so many reports that are read after it. */
const CABLE_ROUND: readonly (readonly [string, number])[] = [
  ["3701fedbc1331f83", 1],
  ["370eb59d3b8a9151", 1],
];
const CABLE_SEQUENCE: readonly Heard[] = [
  request(0x21, 0x09, 0x0300, { data: "b004000002902686" }),
  request(0x21, 0x09, 0x0300, { data: "b004000002902686", reports: 2 }),
  ...[...CABLE_ROUND, ["3487ba0dfc8a9151", 63] as const].map(([message, reports]) => ({ message, reports })),
  ...[...CABLE_ROUND, ["3487ba0dfc8a9151", 73] as const].map(([message, reports]) => ({ message, reports })),
  { message: "3304fe00f46c1ff0", reports: 1 },
  { message: "3207fef029b93af0", reports: 1 },
];

/** Cisco's commands, each in a wrapper: its tag, whether it asks for 512 bytes, the command. */
const CISCO: readonly Heard[] = [
  ["f83bcd81", "in", "fd0000000300000001"],
  ["98430082", "in", "fd0000000700000001"],
  ["98430082", "none", "fd0001000710000000"],
  ["98430082", "in", "fd0002002300000001"],
  ["98430082", "none", "fd0003002382000000"],
  ["98430082", "in", "fd0002002600000001"],
  ["98430082", "none", "fd00030026c8000000"],
  ["d84c0482", "in", "fd0000107300000001"],
  ["d84c0482", "in", "fd0002002400000001"],
  ["d84c0482", "none", "fd0003002413000000"],
  ["d84c0482", "none", "fd0001107324000000"],
].map(([tag, data, command]) => ({
  message: `55534243${tag}${data === "in" ? "0002000080" : "0000000000"}000a${command}`.padEnd(62, "0"),
}));

/** What the messages of Huawei's modes have in common. */
const HUAWEI_BEGINS = "5553424312345678000000000000001106";

/**
 * Requests, bytes and their order as in usb_modeswitch.c (functions `switch…Mode`), written down once more and apart from
 * the agent's own table, which they are there to test. Debian 13's usb_modeswitch 2.6.1 switches every one of these sticks
 * (the phone cable once no driver holds it). Ids, and what they become, are those of usb-modeswitch-data 20191128, but for
 * `huaweiAlt`, which no entry has.
 */
export const SPECIAL_MODES = {
  standardEject: { id: [0x0421, 0x060c], becomes: [0x0421, 0x060e], heard: "eject" },
  messages: {
    id: [0x201e, 0x1023],
    becomes: [0x201e, 0x1022],
    heard: [
      { message: "55534243123456780000000000000600000000000000000000000000000000" },
      { message: "5553424312345679c000000080000671030000000000000000000000000000" },
    ],
  },
  huawei: { id: [0x12d1, 0x1003], becomes: [0x12d1, 0x1003], heard: [request(0x00, 0x03, 1)] },
  huaweiNew: {
    id: [0x12d1, 0x1449],
    becomes: [0x12d1, 0x14ac],
    heard: [{ message: `${HUAWEI_BEGINS}2000000101000100000000000000` }],
  },
  huaweiAlt: {
    id: [0x12d1, 0xfff0],
    becomes: [0x12d1, 0xfff1],
    heard: [{ message: `${HUAWEI_BEGINS}3000000000010000000000000000` }],
  },
  option: {
    id: [0x0af0, 0x6971],
    becomes: [0x0af0, 0x6971],
    heard: [{ message: "55534243123456780000000000000601000000000000000000000000000000" }],
  },
  sierra: { id: [0x1199, 0x0fff], becomes: [0x1199, 0x68a3], heard: [request(0x40, 0x0b, 1)] },
  sequans: { id: [0x148e, 0xa000], becomes: [0x148e, 0xa000], heard: [request(0x40, 0x0b, 2)], after: [LONE_CDC] },
  qisda: {
    id: [0x1da5, 0xf000],
    becomes: [0x1da5, 0x4512],
    heard: [request(0x40, 0x04, 0, { data: "058c0408a0ee20005c01040898cdeabf" })],
  },
  quanta: { id: [0x0408, 0xea25], becomes: [0x0408, 0xea26], heard: [request(0xc0, 0xff, 0, { length: 0 })] },
  kobil: { id: [0x0d46, 0x45a1], becomes: [0x0d46, 0x45a9], heard: [request(0xc0, 0x88, 0, { length: 8 })] },
  gct: {
    id: [0x1076, 0x7f40],
    becomes: [0x1076, 0x7f00],
    heard: [request(0xa1, 0xa0, 0, { length: 1 }), request(0xa1, 0xfe, 0, { length: 1 })],
  },
  blackberry: {
    id: [0x0fca, 0x8020],
    becomes: [0x0fca, 0x8012],
    heard: [request(0xc0, 0xb1, 0, { length: 8 }), request(0xc0, 0xa9, 0x0e, { length: 2 })],
  },
  pantech: { id: [0x10a9, 0x6080], becomes: [0x10a9, 0x6085], heard: [request(0x40, 0x70, 2)] },
  pantechByItself: { id: [0x10a9, 0x606f], becomes: [0x10a9, 0x6064], heard: "nothing" },
  sony: {
    id: [0x0fce, 0xd0e1],
    becomes: [0x0fce, 0xd0e1],
    heard: [request(0xc0, 0x11, 2, { length: 3 })],
    after: [LONE_CDC],
  },
  cisco: { id: [0x1307, 0x1169], becomes: [0x13b1, 0x0031], heard: CISCO },
  mobileAction: { id: [0x0df7, 0x0800], becomes: [0x0df7, 0x0800], heard: CABLE_SEQUENCE, first: PHONE_CABLE },
  configuration: { id: [0x0fd1, 0x1000], becomes: [0x0fd1, 0x1000], heard: "nothing" },
} as const satisfies Record<string, SpecialModeDescription>;

export type SpecialMode = keyof typeof SPECIAL_MODES;

export function specialMode(mode: SpecialMode): SpecialModeDescription {
  return SPECIAL_MODES[mode];
}
