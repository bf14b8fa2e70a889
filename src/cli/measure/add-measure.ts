import type { Command } from "commander";
import type { UplinkId } from "../../net/types.ts";
import { between, socketOption, uplinkArgument } from "../arguments.ts";
import type { Surroundings } from "../surroundings.ts";

/** Adds `wanherd measure`. */
export function addMeasure(program: Command, surroundings: Surroundings, end: (code: number) => void): void {
  program
    .command("measure")
    .description("download a file over each link and over all together, and print how fast that was")
    .argument("[url]", "a file of some MB on a fast server, http: or https: (default: measure.url of the config)")
    .option("--link <link>", "only this one: a port path or an interface; may be said again", collectLinks)
    .option("-n, --repetitions <number>", "of each download", between(1, 100), 10)
    .option("--megabytes <number>", "at most of each download", between(1, 1000), 25)
    .option("--seconds <number>", "at most for each download", between(1, 600), 60)
    .option("--connections <number>", "at once, where there are many", between(2, 64), 8)
    .option("--json", "as JSON: schema 1")
    .option("--svg <file>", "also as a plot")
    .option("--yes", "do not ask whether it may use that much data")
    .option("--config <file>", "configuration (default: /etc/wanherd/wanherd.yaml, if there is one)")
    .addOption(socketOption())
    .action(async (url: string | undefined, options: MeasureOptions) => {
      const { measureLinks } = await import("./measure-command.ts");
      const { link = [], json = false, yes = false, config, svg, ...numbers } = options;
      if (!(await measureLinks(surroundings, { ...numbers, url, link, json, yes, config, svg }))) end(1);
    });
}

interface MeasureOptions {
  readonly link?: readonly UplinkId[];
  readonly repetitions: number;
  readonly megabytes: number;
  readonly seconds: number;
  readonly connections: number;
  readonly json?: true;
  readonly svg?: string;
  readonly yes?: true;
  readonly config?: string;
  readonly socket: string;
}

function collectLinks(text: string, before: readonly UplinkId[] = []): readonly UplinkId[] {
  return [...before, uplinkArgument(text)];
}
