import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_LISTEN, isLoopback, type ListenAddress, parseListenAddress } from "../inspect/listen-address.ts";
import { socketOption } from "./arguments.ts";
import type { Surroundings } from "./surroundings.ts";

const EXAMPLE = `${DEFAULT_LISTEN.address}:${DEFAULT_LISTEN.port}`;

export interface InspectOptions {
  readonly listen: ListenAddress;
  readonly socket: string;
  readonly token: boolean;
}

/** Serves the page until SIGINT or SIGTERM; tells the address to open as soon as it is served. */
export type Inspect = (options: InspectOptions, ready: (url: string) => void) => Promise<void>;

/** Adds `wanherd inspect`. */
export function addInspectCommand(program: Command, { terminal }: Surroundings, inspect: Inspect): void {
  program
    .command("inspect")
    .description("serve a page that shows every port now and in the past, for a browser; Ctrl-C ends it")
    .addOption(
      new Option("--listen <address:port>", "where; other than on loopback with a token, in the address that it prints")
        .argParser(listenArgument)
        .default(DEFAULT_LISTEN, EXAMPLE),
    )
    .option("--token", "a token on loopback too, where every user of this computer can connect")
    .addOption(socketOption())
    .action(async ({ listen, socket, token }: { listen: ListenAddress; socket: string; token?: true }) => {
      await inspect({ listen, socket, token: token === true }, (url) => {
        terminal.out(`${url}\n`);
        if (!isLoopback(listen.address)) {
          terminal.err("wanherd: this is not encrypted: whoever listens on that network reads along, the token too\n");
        }
      });
    });
}

function listenArgument(text: string): ListenAddress {
  const listen = parseListenAddress(text);
  if (listen !== null) return listen;
  throw new InvalidArgumentError(`It looks like ${EXAMPLE}, [::1]:${DEFAULT_LISTEN.port}, or a port for loopback.`);
}
