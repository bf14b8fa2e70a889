import { describe, expect, it, vi } from "vitest";
import type { UsbDeviceLogic } from "../../bus/usbip/device-server.ts";
import { KernelSide, settle } from "./kernel-side.ts";

function plugged(logic: Partial<UsbDeviceLogic> = {}): { kernel: KernelSide; closed: ReturnType<typeof vi.fn> } {
  const closed = vi.fn();
  return { kernel: new KernelSide({ control: () => null, out: () => undefined, closed, ...logic }), closed };
}

describe("a device on the wire", () => {
  it("stalls what it does not know, and cuts what it knows to the length asked for", async () => {
    const { kernel } = plugged({ control: ({ request }) => (request === 6 ? Buffer.from("descriptor") : null) });
    await kernel.control(1, "8006000100000400", 4);
    await kernel.control(2, "c001000000000400", 4);
    expect(kernel.answers).toEqual([
      { seqnum: 1, status: 0, data: "desc" },
      { seqnum: 2, status: -32, data: "" },
    ]);
  });

  it("says of a transfer that is taken back after its answer that this was late", async () => {
    const late = vi.fn();
    const { kernel } = plugged({ control: () => Buffer.alloc(4), late });
    await kernel.read(1, 2, 64);
    await kernel.unlink(2, 1);
    expect(late).not.toHaveBeenCalled();
    await kernel.control(3, "c001000000000400", 4);
    await kernel.unlink(4, 3);
    expect(late).toHaveBeenCalledOnce();
  });

  it("gives a pending read back on unlink, and then never answers it", async () => {
    const { kernel } = plugged();
    await kernel.read(1, 2, 64);
    await kernel.unlink(2, 1);
    kernel.server.inEndpoint(2).send(Buffer.from("late"));
    await kernel.unlink(3, 99);
    expect(kernel.answers).toEqual([
      { seqnum: 2, status: -104, data: "" },
      { seqnum: 3, status: 0, data: "" },
    ]);
  });

  it("answers a request late when the device is slow, and never when it was taken back", async () => {
    const late = new Promise<Buffer>((resolve) => setTimeout(() => resolve(Buffer.from("late")), 20));
    const { kernel } = plugged({ control: () => late });
    await kernel.control(1, "c001000000000400", 4);
    await kernel.control(2, "c001000000000400", 4);
    await kernel.unlink(3, 2);
    expect(kernel.answers).toEqual([{ seqnum: 3, status: -104, data: "" }]);
    await late;
    await settle();
    expect(kernel.answers.slice(1)).toEqual([{ seqnum: 1, status: 0, data: "late" }]);
  });

  it("acknowledges a write only when the function has room again", async () => {
    let makeRoom: () => void = () => {};
    const room = new Promise<void>((resolve) => {
      makeRoom = resolve;
    });
    const { kernel } = plugged({ out: () => room });
    await kernel.write(1, 3, Buffer.from("held"));
    await kernel.write(2, 3, Buffer.from("taken back"));
    expect(kernel.answers).toEqual([]);
    await kernel.unlink(3, 2);
    makeRoom();
    await settle();
    expect(kernel.answers.map(({ seqnum, status }) => [seqnum, status])).toEqual([
      [3, -104],
      [1, 0],
    ]);
  });

  it("tells its function once that the kernel has closed", async () => {
    const { kernel, closed } = plugged();
    kernel.close();
    await settle();
    kernel.server.close();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it("is yanked in the middle of the transfer that reaches the limit", async () => {
    const { kernel, closed } = plugged();
    kernel.server.yankAfter(10);
    await kernel.write(1, 3, Buffer.alloc(6));
    expect([kernel.answers.length, closed.mock.calls.length]).toEqual([1, 0]);
    await kernel.write(2, 3, Buffer.alloc(6));
    await settle();
    expect([kernel.answers.length, closed.mock.calls.length]).toEqual([1, 1]);
  });
});
