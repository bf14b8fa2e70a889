import { expect, it } from "vitest";
import { hubsAbove, type PortPath, parseHubPath } from "../../../src/hotplug/types.ts";

it.each([
  ["1-1.3.2", ["1-1.3", "1-1", "usb1"]],
  ["12-3", ["usb12"]],
])("the hubs that %s is below of, nearest first: %j", (port, hubs) => {
  expect(hubsAbove(port as PortPath)).toEqual(hubs);
});

it.each([
  ["1-1", true],
  ["1-1.3", true],
  ["usb1", true],
  ["usb0", false],
  ["usb", false],
  ["usb1.2", false],
  ["1-0", false],
  ["hub1", false],
])("%s is the name of a hub: %s", (text, isHub) => {
  expect(parseHubPath(text)).toBe(isHub ? text : null);
});
