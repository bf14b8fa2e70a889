/** One regular file of an archive; `bytes` is a view into it. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Goes through the regular files of a tar archive (POSIX.1-1988 ustar; IEEE Std 1003.1, pax, "ustar Interchange
 * Format"): 512-byte headers, each followed by the content padded to 512. Other kinds of entries are passed over.
 * Throws an Error for anything that is not such an archive.
 */
export function* untar(archive: Uint8Array): Generator<ArchivedFile> {
  let offset = 0;
  for (let count = 0; offset + BLOCK <= archive.length; count++) {
    const header = archive.subarray(offset, offset + BLOCK);
    if (header[0] === 0) return;
    if (count >= MAX_ENTRIES) throw new Error(`tar archive with more than ${MAX_ENTRIES} entries`);
    checkSum(header);
    const size = octal(header, 124, 12);
    const start = offset + BLOCK;
    if (start + size > archive.length) throw new Error("tar archive ends within a file");
    if (isRegular(header)) yield { name: nameOf(header), bytes: archive.subarray(start, start + size) };
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  // A sound archive ends with zero blocks; one that was cut at a file's end does not.
  throw new Error("tar archive without its end mark");
}

const BLOCK = 512;
const MAX_ENTRIES = 10_000;
const decoder = new TextDecoder();

function isRegular(header: Uint8Array): boolean {
  return header[156] === 0 || header[156] === 0x30;
}

function nameOf(header: Uint8Array): string {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  return (prefix === "" ? name : `${prefix}/${name}`).replace(/^\.\//, "");
}

/** The sum of all header bytes, its own field counted as spaces. */
function checkSum(header: Uint8Array): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += header[index] ?? 0;
  if (sum !== octal(header, 148, 8)) throw new Error("tar archive with a damaged header");
}

function octal(header: Uint8Array, at: number, length: number): number {
  const digits = text(header, at, length).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw new Error("tar archive with a header field that is no number");
  return Number.parseInt(digits, 8);
}

function text(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}
