import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exitFailure } from "../../../src/ppp/exit-failure.ts";
import { parsePppdLine } from "../../../src/ppp/log-line.ts";

describe("pppd's log", () => {
  it.each([
    ["Connect: wan1-1_3 <--> /dev/wanherd/1-1.3/if03", { type: "connected", interface: "wan1-1_3" }],
    ["local  IP address 10.64.0.2", { type: "localAddress", address: "10.64.0.2" }],
    ["remote IP address 10.64.64.64", { type: "peerAddress", address: "10.64.64.64" }],
    ["primary   DNS address 130.244.127.161", { type: "dns", address: "130.244.127.161" }],
    ["secondary DNS address 130.244.127.169", { type: "secondDns", address: "130.244.127.169" }],
    ["PAP authentication failed", { type: "authenticationFailed" }],
    ["CHAP authentication failed: bye", { type: "authenticationFailed" }],
    ["LCP: timeout sending Config-Requests", { type: "negotiationTimedOut" }],
    ["IPCP: timeout sending Config-Requests", { type: "negotiationTimedOut" }],
  ])("tells by %s", (line, news) => {
    expect(parsePppdLine(line)).toEqual(news);
  });

  it("tells of answers to LCP's echo by the packets that 2.4.9 prints, and of no other packet what it says", () => {
    // As Debian 12's pppd said with `debug` given twice.
    const said = [
      "sent [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x28b59d97> <pcomp> <accomp>]",
      "rcvd [LCP EchoReq id=0x0 magic=0x52f19132]",
      "sent [LCP EchoRep id=0x0 magic=0x28b59d97]",
      'sent [PAP AuthReq id=0x1 user="caller" password=<hidden>]',
      'rcvd [CHAP Challenge id=0xd5 <a9cc1de7f2ec3bf68fb10ecceeb431adf22e28>, name = "server"]',
      'sent [CHAP Response id=0xd5 <48eda5f63b005f2010b0ef0bbb67676d>, name = "caller"]',
      "rcvd [IPCP ConfNak id=0x1 <addr 10.9.0.2> <ms-dns1 10.9.9.9> <ms-dns2 10.9.9.9>]",
      "sent [LCP EchoReq id=0xb magic=0x28b59d97]",
    ];
    for (const line of said) expect(parsePppdLine(line)).toEqual({ type: "packet" });
    expect(parsePppdLine("rcvd [LCP EchoRep id=0xb magic=0x52f19132]")).toEqual({ type: "echoAnswered" });
    expect(parsePppdLine("Remote message: rcvd [LCP EchoRep id=0xb]")).toBeNull();
  });

  it.each([
    "Using interface ppp0",
    "local  IP address 10.64.0.2; rm -rf /",
    "local  IP address 999.1.1.1",
    "local  LL address fe80::1",
    "Remote message: local  IP address 6.6.6.6",
    "Connect: ../../etc <--> /dev/x",
    "Connect: averyveryverylongname <--> /dev/x",
    "",
  ])("makes nothing of %j", (line) => {
    expect(parsePppdLine(line)).toBeNull();
  });

  it("gives only addresses that are ones, whatever the line", () => {
    const start = fc.constantFrom("local  IP address ", "primary   DNS address ", "Connect: ", "");
    fc.assert(
      fc.property(start, fc.string({ unit: "binary", maxLength: 40 }), (head, tail) => {
        const news = parsePppdLine(head + tail);
        if (news !== null && "address" in news) expect(news.address).toMatch(/^[0-9.]{7,15}$/);
        if (news !== null && "interface" in news) expect(news.interface).toMatch(/^[\w.-]{1,15}$/);
      }),
    );
  });
});

describe("pppd's end", () => {
  const end = { code: 0, signal: null, wasUp: false, authenticationFailed: false, negotiationTimedOut: false };
  it.each([
    ["ended by the network", { code: 0, wasUp: true }, "LinkLost"],
    ["ended by the network before it was up", { code: 0 }, "NegotiationFailed"],
    ["an option pppd does not know", { code: 2 }, "Internal"],
    ["no PPP in the kernel", { code: 4 }, "SystemRefused"],
    ["ended by another's signal", { code: 5, wasUp: true }, "LinkLost"],
    ["the tty is gone", { code: 7 }, "DeviceGone"],
    ["the agent went away before the call", { code: 8 }, "LinkLost"],
    ["no agreement", { code: 10 }, "NegotiationFailed"],
    ["ended by the peer in LCP", { code: 10, wasUp: true }, "LinkLost"],
    ["echoes unanswered", { code: 15, wasUp: true }, "LinkLost"],
    ["hung up", { code: 16, wasUp: true }, "LinkLost"],
    ["hung up after it got no answer", { code: 16, negotiationTimedOut: true }, "NegotiationFailed"],
    ["a loop", { code: 17 }, "LinkLooped"],
    ["a wrong password", { code: 19 }, "AuthenticationRefused"],
    ["a wrong password, then hung up", { code: 16, authenticationFailed: true }, "AuthenticationRefused"],
    ["a loader that found no pppd", { code: 127 }, "ProgramMissing"],
    ["killed", { code: null, signal: "SIGKILL" }, "ProcessCrashed"],
    ["a status nobody documented", { code: 99 }, "ProcessCrashed"],
  ] as const)("%s", (_name, exit, kind) => {
    expect(exitFailure({ ...end, ...exit }).kind).toBe(kind);
  });
});
