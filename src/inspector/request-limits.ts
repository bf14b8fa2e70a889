/** How often within the time that a request has Node looks whether it is over. */
const LOOKS = 5;

/**
 * Options of an HTTP server (node:http) by which every request has come whole `withinMs` after its connection or its first byte, or is
 * answered 408 and its connection ended. Node only looks now and then, so the last look's delay is taken off the time.
 */
export function requestLimits(withinMs: number): {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
} {
  const connectionsCheckingInterval = Math.ceil(withinMs / LOOKS);
  const timeout = withinMs - connectionsCheckingInterval;
  return { headersTimeout: timeout, requestTimeout: timeout, connectionsCheckingInterval };
}
