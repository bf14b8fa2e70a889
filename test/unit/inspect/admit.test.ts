import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { admit } from "../../../src/inspect/admit.ts";
import { isLoopback, parseListenAddress, urlHost } from "../../../src/inspect/listen-address.ts";

const HOST = "127.0.0.1:8687";
const JSON_BODY = { "content-type": "application/json" };

/** What is answered to such a request: null, it is let in; else the error's status and name. */
function answer(
  method: string,
  headers: IncomingHttpHeaders,
  forPage = false,
  token: string | null = null,
): string | null {
  try {
    admit({ method, headers: { host: HOST, ...headers }, forPage }, token);
    return null;
  } catch (error) {
    const { status, code } = error as { status: number; code: string };
    return `${status} ${code}`;
  }
}

describe("who may ask", () => {
  it.each([
    ["the page", "GET", { origin: undefined, "sec-fetch-site": "same-origin" }],
    ["the page, when it acts", "POST", { origin: `http://${HOST}`, "sec-fetch-site": "same-origin", ...JSON_BODY }],
    ["curl", "GET", {}],
    ["curl, when it acts", "POST", JSON_BODY],
    ["the page behind ssh -L", "POST", { host: "localhost:9000", origin: "http://localhost:9000", ...JSON_BODY }],
    ["the page at the gateway's name", "GET", { host: "wanherd.lan:8687" }],
    ["the page at an IPv6 address", "GET", { host: "[fd00::1]:8687" }],
  ])("%s may", (_, method, headers) => {
    expect(answer(method, headers)).toBeNull();
  });

  it.each([
    ["a site whose name was made to lead here", "GET", { host: "evil.example:8687" }, "403 HostRefused"],
    ["the same, with an address in its name", "GET", { host: "127.0.0.1.evil.example" }, "403 HostRefused"],
    ["nobody in particular", "GET", { host: "" }, "403 HostRefused"],
    ["another site", "GET", { "sec-fetch-site": "cross-site" }, "403 CrossSite"],
    ["another site by its origin", "GET", { origin: "http://evil.example" }, "403 CrossSite"],
    ["another port of this computer", "POST", { origin: "http://127.0.0.1:3000", ...JSON_BODY }, "403 CrossSite"],
    ["a frame without origin", "POST", { origin: "null", ...JSON_BODY }, "403 CrossSite"],
    ["a form", "POST", { "content-type": "application/x-www-form-urlencoded" }, "415 NotJson"],
    ["a beacon", "POST", { "content-type": "text/plain;charset=UTF-8" }, "415 NotJson"],
    ["nothing of a type", "POST", {}, "415 NotJson"],
  ])("%s may not", (_, method, headers, error) => {
    expect(answer(method, headers)).toBe(error);
  });

  it("lets other sites link to the page, not embed it or read it", () => {
    const from = { "sec-fetch-site": "cross-site" };
    expect(answer("GET", { ...from, "sec-fetch-mode": "navigate" }, true)).toBeNull();
    expect(answer("GET", { ...from, "sec-fetch-mode": "navigate" }, false)).toBe("403 CrossSite");
    expect(answer("GET", { ...from, "sec-fetch-mode": "no-cors" }, true)).toBe("403 CrossSite");
  });

  it("asks for the token, but for the page itself, which holds nothing", () => {
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect(answer("GET", {}, true, "secret")).toBeNull();
    expect(answer("GET", bearer("secret"), false, "secret")).toBeNull();
    for (const headers of [{}, bearer(""), bearer("secre"), bearer("secret2"), { authorization: "secret" }]) {
      expect(answer("GET", headers, false, "secret")).toBe("401 TokenNeeded");
    }
  });
});

describe("where to listen", () => {
  it.each([
    ["8687", "127.0.0.1", 8687],
    ["172.17.2.1:80", "172.17.2.1", 80],
    ["[::1]:0", "::1", 0],
    ["[fd00::1]:65535", "fd00::1", 65535],
  ])("is read from %s", (text, address, port) => {
    expect(parseListenAddress(text)).toEqual({ address, port });
  });

  it.each([
    "",
    ":80",
    "65536",
    "localhost:80",
    "::1:80",
    "[127.0.0.1]:80",
    "1.2.3.4.5:80",
    "300.1.1.1:80",
    "[::g]:80",
    "80 ",
  ])("is not read from %j", (text) => {
    expect(parseListenAddress(text)).toBeNull();
  });

  it("knows what only this computer can reach", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1"].map(isLoopback)).toEqual([true, true, true]);
    expect(["0.0.0.0", "::", "172.17.2.1", "fd00::1"].map(isLoopback)).toEqual([false, false, false, false]);
    expect([urlHost("::1"), urlHost("127.0.0.1")]).toEqual(["[::1]", "127.0.0.1"]);
  });
});
