import { describe, expect, it } from "vitest";
import { HubPorts, type Switching } from "../../bus/devices/hub/hub-ports.ts";

const SET = 3;
const CLEAR = 1;
const RESET = 4;
const POWER = 8;
const C_CONNECTION = 16;
const C_RESET = 20;

/** A hub, what it said, and a device in port 2 that comes and goes with its power. */
function hubWithDevice(switching: Switching) {
  const said: string[] = [];
  const hub = new HubPorts(4, switching, (text) => said.push(text));
  hub.report = (bitmap) => said.push(`report ${bitmap.toString("hex")}`);
  const device = {
    async powered(isOn: boolean): Promise<void> {
      said.push(`device ${isOn ? "on" : "off"}`);
      hub.show(2, isOn);
    },
  };
  const feature = (request: number, value: number, port: number) =>
    hub.control({ requestType: 0x23, request, value, index: port, length: 0 });
  const status = (port: number): string | undefined =>
    hub.control({ requestType: 0xa3, request: 0, value: 0, index: port, length: 4 })?.toString("hex");
  return { hub, said, device, feature, status };
}

describe("an emulated hub", () => {
  it.each([
    ["ganged", "09290400000a0000ff"],
    ["individual", "09290401000a0000ff"],
    ["none", "09290402000a0000ff"],
  ] as const)("says by its descriptor that its switching is %s", (switching, expected) => {
    const { hub } = hubWithDevice(switching);
    const descriptor = hub.control({ requestType: 0xa0, request: 6, value: 0x2900, index: 0, length: 15 });
    expect(descriptor?.toString("hex")).toBe(expected);
  });

  it("tells of a device, of its reset, and of its end, until each change is cleared", async () => {
    const { hub, said, device, feature, status } = hubWithDevice("individual");
    feature(SET, POWER, 2);
    await hub.insert(2, device);
    expect(status(2)).toBe("01010100");
    feature(CLEAR, C_CONNECTION, 2);
    feature(SET, RESET, 2);
    expect(status(2)).toBe("03051000");
    feature(CLEAR, C_RESET, 2);
    hub.show(2, false);
    expect(status(2)).toBe("00010100");
    expect(said).toEqual(["port 2: power on", "device on", "report 04", "report 04", "report 04"]);
  });

  it("tells of all changes that are not cleared yet, as the kernel keeps only the newest report", () => {
    const { hub, said, feature } = hubWithDevice("individual");
    for (const port of [1, 2, 3]) feature(SET, POWER, port);
    for (const port of [1, 3]) hub.show(port, true);
    feature(CLEAR, C_CONNECTION, 1);
    hub.show(2, true);
    expect(said.slice(3)).toEqual(["report 02", "report 0a", "report 0c"]);
  });

  it("takes the power from one port only where it switches each by itself", async () => {
    const { hub, said, device, feature, status } = hubWithDevice("individual");
    feature(SET, POWER, 1);
    await hub.insert(2, device);
    expect(said).toEqual(["port 1: power on"]);
    feature(SET, POWER, 2);
    feature(CLEAR, POWER, 2);
    expect(said.slice(1)).toEqual(["port 2: power on", "device on", "report 04", "port 2: power off", "device off"]);
    expect([status(1), status(2)]).toEqual(["00010000", "00000000"]);
  });

  it("leaves a gang its power as long as one of its ports asks for it, and sees its devices again", async () => {
    const { hub, said, device, feature, status } = hubWithDevice("ganged");
    feature(SET, POWER, 1);
    await hub.insert(2, device);
    feature(SET, POWER, 2);
    feature(CLEAR, POWER, 2);
    expect(status(2)).toBe("00000000");
    feature(SET, POWER, 2);
    expect(status(2)).toBe("01010100");
    expect(said.filter((line) => line.startsWith("device"))).toEqual(["device on"]);
    feature(CLEAR, POWER, 2);
    feature(CLEAR, POWER, 1);
    expect(said.filter((line) => line.startsWith("device"))).toEqual(["device on", "device off"]);
  });

  it("without switches never takes the power away", async () => {
    const { hub, said, device, feature } = hubWithDevice("none");
    await hub.insert(2, device);
    feature(SET, POWER, 2);
    feature(CLEAR, POWER, 2);
    expect(said.filter((line) => line.startsWith("device"))).toEqual(["device on"]);
  });

  it("stalls what concerns no port of its own", () => {
    const { feature, hub } = hubWithDevice("individual");
    expect(feature(SET, POWER, 5)).toBeNull();
    expect(feature(SET, POWER, 0)).toBeNull();
    expect(hub.control({ requestType: 0xa0, request: 6, value: 0x2a00, index: 0, length: 12 })).toBeNull();
    expect(() => hub.show(5, true)).toThrow("no port 5");
  });
});
