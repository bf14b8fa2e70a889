import type { Bearer } from "../../machines/modem/effects.ts";
import type { ModemConfig } from "../config/types.ts";
import type { OperatorBearer } from "./options.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Most networks ask for PAP or CHAP and take any answer, as the SIM has already said who calls; but with no secret at
 * all pppd refuses to authenticate, and the call ends.
 */
const ANYBODY: Credentials = { username: "wanherd", password: "wanherd" };

/** What pppd says who it is: the config's word, else the operator database's for this bearer, else anything. */
export function credentialsFor(
  config: Pick<ModemConfig, "username" | "password">,
  bearer: Pick<Bearer, "apn"> | undefined,
  operator: readonly OperatorBearer[],
): Credentials {
  if (config.username !== null) return { username: config.username, password: config.password ?? "" };
  const entry = bearer === undefined ? operator[0] : operator.find((candidate) => candidate.apn === bearer.apn);
  if (!entry?.username) return ANYBODY;
  return { username: entry.username, password: entry.password ?? "" };
}
