import type { Command } from "commander";
import { FailureError } from "../../machines/failure.ts";
import type { ConcentratorConfig } from "../concentrator/types.ts";
import { renderFileProblem } from "../config/file-problem.ts";
import type { Surroundings } from "./surroundings.ts";

const CONFIG = "/etc/wanherd/concentrator.yaml";
const CONFIG_HELP = `configuration (default: ${CONFIG}, if there is one)`;

/** Adds `wanherd concentrator`, the remote server that bundled links lead to. */
export function addConcentratorCommand(
  program: Command,
  surroundings: Surroundings,
  end: (code: number) => void,
): void {
  const { terminal, probe } = surroundings;
  const line = (text: string): void => terminal.out(`${text}\n`);
  const concentrator = program
    .command("concentrator")
    .description("the remote server that bundled links lead to: a computer on the internet, under Debian");

  concentrator
    .command("up")
    .description("run it in the foreground; SIGTERM leaves the network as it found it")
    .option("--config <file>", CONFIG_HELP)
    .action(async ({ config = CONFIG }: { config?: string }) => {
      const { runConcentrator } = await import("../concentrator/run.ts");
      end(await runConcentrator(config, line));
    });

  concentrator
    .command("setup")
    .description("make this computer a concentrator: user, key, and a service that starts with it; may be repeated")
    .option("--config <file>", CONFIG_HELP)
    .option("--install", "install missing packages by apt-get")
    .action(async ({ config: file = CONFIG, install = false }: { config?: string; install?: boolean }) => {
      const config = await configOf(file);
      const { setUpConcentrator } = await import("../concentrator/setup.ts");
      const command = [process.execPath, process.argv[1] ?? "wanherd"];
      const { findProgram } = probe;
      await setUpConcentrator({ config, configFile: file, command, install, findProgram, tell: line });
      line("`wanherd concentrator invite` prints the line that `wanherd join` takes on the gateway");
    });

  concentrator
    .command("invite")
    .description("print the line that `wanherd join` takes on a gateway; it is a secret")
    .option("--config <file>", CONFIG_HELP)
    .option(
      "--host <host>",
      "what gateways dial, a host name or IPv4 address (default: as the config has it, or our own address)",
    )
    .option("--renew", "make a new key: gateways with the old one are out, once the service was restarted")
    .action(async ({ config: file = CONFIG, host, renew }: { config?: string; host?: string; renew?: true }) => {
      const config = await configOf(file);
      const [{ enabledEngines }, { keptKey }, { ownAddress }, { parseInvitation, renderInvitation }] =
        await Promise.all([
          import("../concentrator/engines.ts"),
          import("../concentrator/key.ts"),
          import("../concentrator/own-address.ts"),
          import("../bundle/invitation.ts"),
        ]);
      const dialled = host ?? config.host ?? (await ownAddress());
      if (dialled === null) throw new Error("this computer has no address on the internet; name one by --host");
      const ports = Object.fromEntries(enabledEngines(config).map(({ name, port }) => [name, port]));
      const invitation = renderInvitation({ host: dialled, ports, key: await keptKey(config.directory, renew) });
      if (typeof parseInvitation(invitation) === "string") throw new Error("that is no host name or IPv4 address");
      line(invitation);
      if (renew) terminal.err("restart the service for it to count: systemctl restart wanherd-concentrator\n");
    });
}

/** Rejects where it is refused. */
async function configOf(file: string): Promise<ConcentratorConfig> {
  const { loadConcentratorConfig } = await import("../concentrator/load-config.ts");
  const loaded = await loadConcentratorConfig(file);
  if ("config" in loaded) return loaded.config;
  throw new FailureError("SystemRefused", `config refused: ${loaded.problems.map(renderFileProblem).join("; ")}`);
}
