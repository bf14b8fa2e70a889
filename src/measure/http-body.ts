import { type Agent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

const MOST_REDIRECTS = 5;

export interface BodyOptions {
  /** For the URL's protocol: its connections, and from which address they are made. */
  readonly agentFor: (protocol: string) => Agent;
  readonly lookup: NonNullable<RequestOptions["lookup"]>;
  readonly signal: AbortSignal;
}

/**
 * The answer whose body is to be read, by GET, after redirects (five at most, and none from https to http). Rejects with an
 * Error that says what the server, TLS or the network refused.
 */
export async function openBody(url: URL, options: BodyOptions): Promise<IncomingMessage> {
  let from = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const answer = await get(from, options);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return answer;
    // Read to its end, so that the connection can be used again.
    answer.resume();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
      throw new Error(`the server answered with HTTP status ${statusCode}`);
    }
    from = redirected(from, headers.location);
  }
  throw new Error("the server redirects again and again");
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new Error("the server redirects to what is no URL");
  const to = new URL(location, from.href);
  const isSafe = to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
  if (!isSafe) throw new Error(`the server redirects from ${from.protocol} to ${to.protocol}`);
  return to;
}

function get(url: URL, { agentFor, lookup, signal }: BodyOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    // As it is: a body that is packed would be measured by its packed bytes.
    const headers = {
      accept: "*/*",
      "accept-encoding": "identity",
      "cache-control": "no-cache",
      "user-agent": "wanherd",
    };
    const asked = request(url.href, { agent: agentFor(url.protocol), lookup, signal, headers });
    asked.once("response", (answer) => {
      // Aborted before anybody reads it; who reads it then is told all the same.
      answer.on("error", () => {});
      resolve(answer);
    });
    // More than once: what comes after the first has nobody to tell.
    asked.on("error", reject);
    asked.end();
  });
}
