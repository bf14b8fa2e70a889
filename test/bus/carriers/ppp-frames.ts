const FLAG = 0x7e;
const ESCAPE = 0x7d;

/** IPCP (RFC 1332, 2). */
export const IPCP = 0x8021;

/** Passes a stream of PPP frames on, all but those of one protocol (HDLC-like framing, RFC 1662). */
export function framesWithout(protocol: number): (data: Buffer) => Buffer {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const passed: Buffer[] = [];
    for (let end = rest.indexOf(FLAG); end !== -1; end = rest.indexOf(FLAG)) {
      const frame = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      if (frame.length > 0 && protocolOf(frame) !== protocol)
        passed.push(Buffer.from([FLAG]), frame, Buffer.from([FLAG]));
    }
    return Buffer.concat(passed);
  };
}

/** The protocol number of a frame without its flags; address, control and its own first byte may be left out. */
function protocolOf(frame: Buffer): number {
  const bytes: number[] = [];
  for (let at = 0; at < frame.length && bytes.length < 4; at++) {
    const byte = frame[at] as number;
    bytes.push(byte === ESCAPE ? (frame[++at] ?? 0) ^ 0x20 : byte);
  }
  const [first = 0, second = 0] = bytes[0] === 0xff && bytes[1] === 0x03 ? bytes.slice(2) : bytes;
  return first % 2 === 1 ? first : first * 256 + second;
}
