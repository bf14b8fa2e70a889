import type { NodeUsbInterface } from "./node-usb.ts";

/** Where messages go and answers come from. */
export interface BulkInterface {
  readonly number: number;
  /** Endpoint numbers without the direction bit; `in` is null where the device has no way to answer. */
  readonly out: number;
  readonly in: number | null;
  /** wMaxPacketSize of the IN endpoint: reads must be a multiple of it. */
  readonly inPacketSize: number;
}

const MASS_STORAGE = 8;

/**
 * The interface that takes the messages: the one with bulk OUT endpoint `endpoint` where that is given, else the mass
 * storage interface, else the first with a bulk OUT endpoint. Null: there is none.
 */
export function findBulkInterface(
  interfaces: readonly NodeUsbInterface[],
  endpoint: number | null,
): BulkInterface | null {
  const usable = interfaces
    .map((candidate) => {
      const bulk = candidate.alternate.endpoints.filter((each) => each.type === "bulk");
      const out = bulk.find(
        (each) => each.direction === "out" && (endpoint === null || each.endpointNumber === (endpoint & 0x0f)),
      );
      const answer = bulk.find((each) => each.direction === "in");
      return { candidate, out, answer };
    })
    .filter((each) => each.out !== undefined);
  const chosen = usable.find((each) => each.candidate.alternate.interfaceClass === MASS_STORAGE) ?? usable[0];
  if (chosen?.out === undefined) return null;
  return {
    number: chosen.candidate.interfaceNumber,
    out: chosen.out.endpointNumber,
    in: chosen.answer?.endpointNumber ?? null,
    inPacketSize: Math.max(chosen.answer?.packetSize ?? 512, 8),
  };
}
