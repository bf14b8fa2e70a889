import { isIPv4 } from "node:net";
import * as z from "zod";

/** Kernel: dev_valid_name() in net/core/dev.c, and at most 15 bytes; narrowed to what needs no escaping anywhere. */
export const interfaceName = z
  .string({ error: "expected the name of a network interface" })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, {
    error: "expected the name of a network interface, at most 15 characters",
  });

export const ipv4 = z
  .string({ error: "expected an IPv4 address" })
  .refine(isIPv4, { error: "expected an IPv4 address" });
