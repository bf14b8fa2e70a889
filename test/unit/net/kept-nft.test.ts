import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeptNft, type KeptNft, oneLine } from "../../../src/net/kept-nft.ts";

let folder: string;
let kept: KeptNft | undefined;

/** A stand-in for `nft -i` that complains of the mark as nft does, and of other lines as `otherwise` says. */
function nft(otherwise: string): KeptNft {
  const script = [
    "#!/bin/sh",
    `echo started >>${folder}/starts`,
    "while read -r line; do",
    "  case $line in",
    '  end_of_run_*) printf "Error: syntax error, unexpected newline\\n%s\\n    ^\\n" "$line" >&2;;',
    `  *) ${otherwise};;`,
    "  esac",
    "done",
  ];
  writeFileSync(join(folder, "nft"), `${script.join("\n")}\n`, { mode: 0o755 });
  kept = createKeptNft({ command: join(folder, "nft"), timeoutMs: 2000 });
  return kept;
}

function starts(): number {
  return readFileSync(join(folder, "starts"), "utf8").split("\n").length - 1;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kept-nft-"));
});

afterEach(async () => {
  await kept?.close();
  rmSync(folder, { recursive: true });
});

describe("an nft that is kept open", () => {
  it("does many transactions in one process", async () => {
    const nftKept = nft(`printf '%s\\n' "$line" >>${folder}/done`);
    expect(await nftKept.run("add table inet a\n")).toBe(true);
    expect(await nftKept.run("add table inet b\n")).toBe(true);
    expect(readFileSync(join(folder, "done"), "utf8")).toBe("add table inet a;\nadd table inet b;\n");
    expect(starts()).toBe(1);
  });

  it("does not confirm what nft complained of, and starts anew for the next", async () => {
    const nftKept = nft(`case $line in bad*) printf 'Error: No such file\\n%s\\n ^^^\\n' "$line" >&2;; esac`);
    expect(await nftKept.run("bad\n")).toBe(false);
    expect(await nftKept.run("good\n")).toBe(true);
    expect(starts()).toBe(2);
  });

  it("does not confirm a warning either", async () => {
    expect(await nft("echo 'Warning: something' >&2").run("text\n")).toBe(false);
  });

  it("does not confirm when nft dies, and starts anew for the next", async () => {
    const nftKept = nft("case $line in bad*) exit 0;; esac");
    expect(await nftKept.run("bad\n")).toBe(false);
    expect(await nftKept.run("good\n")).toBe(true);
  });

  it("does not confirm when nft does not answer in time", async () => {
    writeFileSync(join(folder, "deaf"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
    kept = createKeptNft({ command: join(folder, "deaf"), timeoutMs: 100 });
    expect(await kept.run("text\n")).toBe(false);
  });

  it("does not confirm when nft is not installed, when the text is too long, or after close", async () => {
    kept = createKeptNft({ command: join(folder, "missing"), timeoutMs: 100 });
    expect(await kept.run("text\n")).toBe(false);
    const nftKept = nft("true");
    expect(await nftKept.run(`${"x".repeat(20_000)}\n`)).toBe(false);
    await nftKept.close();
    expect(await nftKept.run("text\n")).toBe(false);
  });
});

describe("a text on one line", () => {
  it("keeps its statements apart", () => {
    const text =
      "add table inet x\ntable inet x {\n\tchain c {\n\t\ttype filter; policy accept;\n\t\taccept\n\t}\n\n}\n";
    expect(oneLine(text)).toBe("add table inet x; table inet x { chain c { type filter; policy accept; accept; }; };");
  });
});
