import { describe, expect, it } from "vitest";
import { parsePresent } from "../../../src/net/read-routes.ts";
import { wantedObjects } from "../../../src/net/render-routes.ts";
import { network, withIpv6 } from "./uplinks.ts";

/** As iproute2 6.1 and 6.15 told it of one link (`ip -4 -N -j -batch -`). */
const RULES = `[{"priority":0,"src":"all","table":"255"},\
{"priority":16999,"src":"all","table":"254","suppress_prefixlen":0,"protocol":"119"},\
{"priority":17001,"src":"all","fwmark":"0x100","fwmask":"0xff00","table":"27001","protocol":"119"},\
{"priority":17301,"src":"10.0.1.2","table":"27001","protocol":"119"},\
{"priority":32766,"src":"all","table":"254"},{"priority":32767,"src":"all","table":"253"}]`;
const ROUTES = `[{"dst":"default","dev":"ppp0","table":"27001","scope":"253","flags":[]},\
{"dst":"default","dev":"ppp0","scope":"253","metric":20001,"flags":["linkdown"]}]`;

describe("what a killed agent left in the kernel", () => {
  it("reads as the very objects that we would make", () => {
    expect(parsePresent(`${RULES}\n${ROUTES}\n`).sort()).toEqual(wantedObjects(network([1])).sort());
  });

  it("reads as those of IPv6 where `ip -6` told it", () => {
    const rules = `[{"priority":0,"src":"all","table":"255"},\
{"priority":16999,"src":"all","table":"254","suppress_prefixlen":0,"protocol":"119"},\
{"priority":17001,"src":"all","fwmark":"0x100","fwmask":"0xff00","table":"27001","protocol":"119"},\
{"priority":17301,"src":"2001:db8::1","table":"27001","protocol":"119"}]`;
    const routes = `[{"dst":"default","dev":"ppp0","table":"27001","metric":1024,"flags":[],"pref":"medium"},\
{"dst":"default","dev":"ppp0","metric":20001,"flags":[],"pref":"medium"}]`;
    const wanted = wantedObjects(withIpv6([1], [1])).filter((object) => /^\w+6 /.test(object));
    expect(parsePresent(`${rules}\n${routes}\n`, 6).sort()).toEqual(wanted.sort());
  });

  it("includes the rule for the gateway's own traffic", () => {
    const rule = '[{"priority":32765,"src":"all","table":"27000","protocol":"119"}]';
    expect(parsePresent(rule)).toEqual(["rule from all lookup 27000 pref 32765 protocol 119"]);
  });

  it("includes the rule for what is bound for the concentrator, which is no route for its destination", () => {
    const rule = '[{"priority":17900,"src":"all","dst":"198.51.100.9","table":"27251","protocol":"119"}]';
    expect(parsePresent(rule)).toEqual(["rule from all to 198.51.100.9 lookup 27251 pref 17900 protocol 119"]);
  });

  it("may be nothing", () => {
    expect(parsePresent("[]\n[]\n")).toEqual([]);
    expect(parsePresent("[ ]\n\n")).toEqual([]);
  });

  it("includes routes under our protocol number of any other shape, so that they can be removed", () => {
    const strange = '[{"dst":"10.1.0.0/16","gateway":"10.0.0.1","dev":"eth0","metric":5}]';
    expect(parsePresent(strange)).toEqual(["route 10.1.0.0/16 via 10.0.0.1 dev eth0 table 254 metric 5 proto 119"]);
  });

  it.each([
    ["a rule of another protocol in our band", { priority: 17001, src: "all", table: "27001", protocol: "4" }],
    ["a rule of ours by protocol only", { priority: 100, src: "all", table: "27001", protocol: "119" }],
    ["a rule just above the band", { priority: 17551, src: "all", table: "27001", protocol: "119" }],
    ["a rule with a source that is no address", { priority: 17301, src: "x\nrule", table: "1", protocol: "119" }],
    ["a route to something that is no address", { dst: "flush; all", dev: "ppp0" }],
  ])("does not include %s", (_, entry) => {
    expect(parsePresent(JSON.stringify([entry]))).toEqual([]);
  });

  it("is refused when it is no JSON", () => {
    expect(() => parsePresent("Object is unknown")).toThrow(SyntaxError);
  });
});
