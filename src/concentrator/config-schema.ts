import * as z from "zod";
import { DEFAULT_PORTS } from "../bundle/invitation.ts";
import type { ConcentratorConfig } from "./types.ts";

const port = (usual: number) => z.int({ error: "expected a port number" }).min(1).max(65_535).default(usual);

const engine = (enabled: boolean, usual: number) =>
  z
    .strictObject({ enabled: z.boolean({ error: "expected true or false" }).default(enabled), port: port(usual) })
    .prefault({});

/** The whole of concentrator.yaml. Every key has a default; unknown keys are refused. */
export const concentratorSchema = z.strictObject({
  host: z
    .string({ error: "expected a host name or an IPv4 address" })
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, { error: "expected a host name or an IPv4 address" })
    .nullable()
    .default(null),
  engines: z
    .strictObject({ mptcp: engine(true, DEFAULT_PORTS.mptcp), mlppp: engine(false, DEFAULT_PORTS.mlppp) })
    .prefault({})
    .refine(({ mptcp, mlppp }) => mptcp.enabled || mlppp.enabled, { error: "no engine is enabled" })
    .refine(({ mptcp, mlppp }) => mptcp.port !== mlppp.port, { error: "two engines have the same port" }),
  directory: z
    .string({ error: "expected a folder" })
    .regex(/^\/[^\p{Cc}]{0,254}$/u, { error: "expected a full path, beginning with /" })
    .default("/var/lib/wanherd-concentrator"),
}) satisfies z.ZodType<ConcentratorConfig>;
