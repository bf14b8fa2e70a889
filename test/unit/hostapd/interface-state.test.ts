import { describe, expect, it } from "vitest";
import { type InterfaceState, wayBack } from "../../../src/hostapd/interface-state.ts";

const BEFORE: InterfaceState = {
  interface: "wlan0",
  index: 4,
  type: "managed",
  address: "02:00:00:00:00:01",
  isUp: false,
  master: null,
};
const AS_AP: InterfaceState = { ...BEFORE, type: "AP", isUp: true, master: "lan-br" };
const NOTHING = { down: [], type: null, up: [] };

describe("an interface is given back", () => {
  it("by nothing at all where hostapd has done so itself", () => {
    expect(wayBack(BEFORE, BEFORE)).toEqual(NOTHING);
  });

  it("out of the bridge, down, and of its old type, when hostapd was killed", () => {
    expect(wayBack(AS_AP, BEFORE)).toEqual({
      down: ["link set dev wlan0 nomaster", "link set dev wlan0 down"],
      type: "managed",
      up: [],
    });
  });

  it("up and in the bridge that it was in, with the address that it had", () => {
    const before = { ...BEFORE, isUp: true, master: "br0", address: "02:00:00:00:00:02" };
    expect(wayBack(AS_AP, before)).toEqual({
      down: ["link set dev wlan0 nomaster", "link set dev wlan0 down"],
      type: "managed",
      up: ["link set dev wlan0 address 02:00:00:00:00:02", "link set dev wlan0 master br0", "link set dev wlan0 up"],
    });
    expect(wayBack(BEFORE, { ...BEFORE, isUp: true })).toEqual({ ...NOTHING, up: ["link set dev wlan0 up"] });
  });
});
