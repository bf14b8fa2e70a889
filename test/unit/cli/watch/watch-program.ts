// `wanherd watch` and what else talks to an agent, without the agent: what the tests on a pseudo-terminal run.
import { buildCli } from "../../../../src/cli/build-cli.ts";

const none = (): never => {
  throw new Error("not here");
};
const cli = buildCli({ version: "9.9.9", runAgent: none, passphrase: none, checkRules: none });
process.exitCode = await cli(process.argv.slice(2));
