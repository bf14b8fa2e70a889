/** What is asked for: a name that every resolver has at hand, and whose one address makes a short answer. */
const NAME = ["a", "root-servers", "net"];
/** RFC 1035, 4.1.1: recursion desired. */
const FLAGS = 0x0100;
const HEADER_BYTES = 12;
const TYPE_A = 1;
const CLASS_IN = 1;

const QUESTION = Buffer.concat([
  ...NAME.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "ascii")])),
  Buffer.from([0, 0, TYPE_A, 0, CLASS_IN]),
]);

/** What a probe adds to the interface's counter: IPv4 (RFC 791) and UDP (RFC 768) headers, and the query. */
export const PROBE_BYTES = 20 + 8 + HEADER_BYTES + QUESTION.length;

/** A DNS query (RFC 1035, 4.1) with this id, 0–65535. */
export function dnsQuery(id: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(FLAGS, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, QUESTION]);
}

/** The id of the query that this datagram answers, whatever the answer is; null when it is no answer. */
export function answeredId(datagram: Uint8Array): number | null {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (bytes.length < HEADER_BYTES) return null;
  const isResponse = (bytes.readUInt8(2) & 0x80) !== 0;
  return isResponse ? bytes.readUInt16BE(0) : null;
}
