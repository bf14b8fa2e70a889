/** How a command ended (3GPP TS 27.007, 9; ITU-T V.250, 5.7.1). */
export type AtFinal =
  | { readonly kind: "OK" }
  | { readonly kind: "ERROR" }
  | { readonly kind: "CME"; readonly code: number | null; readonly text: string }
  | { readonly kind: "CMS"; readonly code: number | null; readonly text: string }
  | { readonly kind: "CONNECT"; readonly speed: string | null }
  | { readonly kind: "NO CARRIER" | "NO DIALTONE" | "NO ANSWER" | "BUSY" };

export interface AtResponse {
  readonly command: string;
  /** Information lines between echo and final code; printable, each at most 1 kB, at most 200. */
  readonly lines: readonly string[];
  readonly final: AtFinal;
  readonly tookMs: number;
}

/** One line of an AT dialogue as the journal keeps it; secrets (PIN, passwords) are already `•••`. */
export interface TranscriptLine {
  readonly tty: string;
  readonly direction: "to modem" | "from modem";
  readonly text: string;
  /** Who asked, as `asker` of the channel said then; null: nobody did, the modem says it by itself. */
  readonly cause: string | null;
}
