// `wanherd watch` and what else talks to an agent, without the agent: what the tests on a pseudo-terminal run.
import { buildCli, type CliActions } from "../../../../src/cli/build-cli.ts";

// What other commands need is not here.
const actions: Partial<CliActions> = { version: "9.9.9" };
const cli = buildCli(actions as CliActions);
process.exitCode = await cli(process.argv.slice(2));
