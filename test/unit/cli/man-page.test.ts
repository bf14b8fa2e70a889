import { Command } from "commander";
import { expect, test } from "vitest";
import { renderManPage } from "../../../src/cli/man-page.ts";

test("the manual page says of each command what its help says, and can hold no macro of a text's own", () => {
  const program = new Command("wanherd").description("one uplink.");
  program
    .command("explain")
    .argument("<port>")
    .description("why is it so\n.SH NOT A SECTION")
    .option("--json", "as JSON");
  program.command("rules").command("check").description("read all rules");
  program.command("secret", { hidden: true });
  const text = renderManPage(program, { version: "1.2.3", exitCodes: "0 done.", files: [["/etc/x", "it"]] });
  expect(text).toBe(`.TH WANHERD 8 "" "wanherd 1.2.3"
.SH NAME
wanherd \\- one uplink
.SH SYNOPSIS
.B wanherd
.I command
[options]
.SH COMMANDS
.TP
.B explain <port>
Why is it so
\\&.SH NOT A SECTION.
.RS
.TP
.B \\-\\-json
As JSON.
.RE
.TP
.B rules check
Read all rules.
.SH EXIT STATUS
0 done.
.SH FILES
.TP
.I /etc/x
it
.SH SEE ALSO
.BR pppd (8),
.BR hostapd (8),
.BR nft (8),
.BR usb_modeswitch (1)
`);
});
