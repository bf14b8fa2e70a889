import { createReadyProgram } from "../process/ready-program.ts";
import { oneLine } from "./kept-nft.ts";
import { TABLE } from "./marks.ts";
import { parseListing, type TableListing } from "./table-listing.ts";

/**
 * How nft lists a table made of a text of ours. Asked of the kernel itself, in a network of its own (unshare(1)) that
 * ends with the process: so what others do to the real one meanwhile can't be taken for ours. Null: it could not be had.
 * The last text's answer is kept.
 */
export function createExpectedListing(options: {
  unshare: string;
  nft: string;
  timeoutMs: number;
}): (text: string) => Promise<TableListing | null> {
  let last: { readonly text: string; readonly listing: TableListing } | null = null;
  return async (text) => {
    if (last?.text === text) return last.listing;
    const program = createReadyProgram({
      command: options.unshare,
      args: ["--net", "--", options.nft, "-j", "-i"],
      timeoutMs: options.timeoutMs,
      unhurried: true,
    });
    // -i, as in one batch a listing would be told before what stands above it is done.
    const { stdout } = await program.run(`${oneLine(text)}\nlist table ${TABLE}\n`);
    const listing = parseListing(stdout);
    if (listing !== null) last = { text, listing };
    return listing;
  };
}
