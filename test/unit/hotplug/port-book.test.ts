import fc from "fast-check";
import { expect, test } from "vitest";
import { PortBook } from "../../../src/hotplug/port-book.ts";
import type { HotplugEvent, PortPath, Tty, UsbDevice } from "../../../src/hotplug/types.ts";
import type { RadioDevice } from "../../../src/radio/types.ts";

const port = "1-1.3" as PortPath;
const stick = (address: number, configuration = 1): UsbDevice => ({ port, address, configuration }) as UsbDevice;
const tty = (number: number): Tty => ({
  port,
  interface: number,
  path: `/dev/wanherd/${port}/if0${number}`,
  driver: "option",
});

/** A port whose content tests set, and a book that looks at it; each read takes a turn of the event loop. */
class World {
  device: UsbDevice | null = null;
  ttys: Tty[] = [];
  radio: RadioDevice | null = null;
  readonly events: HotplugEvent[] = [];
  readonly book = new PortBook(
    {
      readDevice: async (_port, known) => {
        const seen = this.device;
        await new Promise(setImmediate);
        return known?.address === seen?.address && known?.configuration === seen?.configuration ? known : seen;
      },
      readTtys: async () => {
        const seen = [...this.ttys];
        await new Promise(setImmediate);
        return seen;
      },
      readRadio: async () => this.radio,
    },
    (event) => this.events.push(event),
  );
  told(): string[] {
    return this.events.map((event) => {
      if (event.type === "device.attached") return `attached ${event.device.address}`;
      if (event.type === "device.detached") return `detached ${event.address}`;
      if (event.type === "radio.appeared") return `radio ${event.radio.phy} ${event.radio.interface}`;
      if (event.type === "radio.vanished") return "no radio";
      return event.type === "tty.appeared" ? `tty ${event.tty.interface}` : `no tty ${event.interface}`;
    });
  }
}

test("a stick with two ports comes and goes: attach first, ttys after it; ttys first, detach after them", async () => {
  const world = new World();
  world.device = stick(5);
  world.ttys = [tty(0), tty(1)];
  await world.book.look(port);
  world.book.removed(port, 5);
  expect(world.told()).toEqual(["attached 5", "tty 0", "tty 1", "no tty 0", "no tty 1", "detached 5"]);
});

test("the same news from three sources is told once", async () => {
  const world = new World();
  world.device = stick(5);
  world.book.arrived(port, 5);
  world.book.arrived(port, 5);
  await world.book.look(port);
  world.book.arrived(port, 5);
  world.book.removed(port, 5);
  world.book.removed(port, 5);
  expect(world.told()).toEqual(["attached 5", "detached 5"]);
});

test("a stick that sysfs still shows after its removal is not attached again", async () => {
  const world = new World();
  world.device = stick(5);
  await world.book.look(port);
  world.book.removed(port, 5);
  await world.book.look(port);
  expect(world.told()).toEqual(["attached 5", "detached 5"]);
});

test("a removal while the stick is being read wins", async () => {
  const world = new World();
  world.device = stick(5);
  const look = world.book.look(port);
  world.book.removed(port, 5);
  await look;
  expect(world.told()).toEqual([]);
});

test("a swap whose removal was missed is a detach and an attach", async () => {
  const world = new World();
  world.device = stick(5);
  await world.book.look(port);
  world.device = stick(6);
  world.book.arrived(port, 6);
  await world.book.look(port);
  expect(world.told()).toEqual(["attached 5", "detached 5", "attached 6"]);
});

test("the late removal of the predecessor does not touch its successor", async () => {
  const world = new World();
  world.device = stick(6);
  await world.book.look(port);
  world.book.removed(port, 5);
  expect(world.told()).toEqual(["attached 6"]);
});

test("another configuration of the same stick is another device", async () => {
  const world = new World();
  world.device = stick(5);
  await world.book.look(port);
  world.device = stick(5, 2);
  await world.book.look(port);
  expect(world.told()).toEqual(["attached 5", "detached 5", "attached 5"]);
});

test("an address that comes round again in the same port is attached", async () => {
  const world = new World();
  world.device = stick(5);
  await world.book.look(port);
  world.book.removed(port, 5);
  world.book.arrived(port, 5);
  await world.book.look(port);
  expect(world.told()).toEqual(["attached 5", "detached 5", "attached 5"]);
});

test("after close nothing is told", async () => {
  const world = new World();
  world.device = stick(5);
  void world.book.look(port);
  await world.book.close();
  world.book.removed(port, 5);
  expect(world.told()).toEqual([]);
});

test("whatever happens and whichever news gets lost, the order holds and a last look tells the truth", async () => {
  const step = fc.constantFrom("plug", "pull", "pull unheard", "plug unheard", "tty", "no tty", "wait", "doubled");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new World();
      let address = 1;
      for (const each of steps) {
        if (each.startsWith("plug")) {
          world.device = stick(++address);
          world.ttys = [];
          if (each === "plug") world.book.arrived(port, address);
        } else if (each.startsWith("pull")) {
          const before = world.device;
          world.device = null;
          if (each === "pull" && before !== null) world.book.removed(port, before.address);
        } else if (each === "wait") await new Promise(setImmediate);
        else if (each === "doubled") void world.book.look(port);
        else {
          world.ttys = each === "tty" ? [tty(0), tty(1)] : [];
          void world.book.look(port);
        }
      }
      await world.book.look(port);

      let there: number | null = null;
      const open = new Set<number>();
      for (const event of world.events) {
        if (event.type === "device.attached") {
          expect(there).toBeNull();
          there = event.device.address;
        } else if (event.type === "device.detached") {
          expect([there, open.size]).toEqual([event.address, 0]);
          there = null;
        } else if (event.type === "tty.appeared") {
          expect([there !== null, open.has(event.tty.interface)]).toEqual([true, false]);
          open.add(event.tty.interface);
        } else if (event.type === "tty.vanished") expect(open.delete(event.interface)).toBe(true);
      }
      expect(there).toBe(world.device?.address ?? null);
      expect(open.size).toBe(world.device === null ? 0 : world.ttys.length);
    }),
    { numRuns: 200 },
  );
});
