import fc from "fast-check";
import { expect, test } from "vitest";
import {
  deriveSecret,
  type Invitation,
  makeKey,
  parseInvitation,
  renderInvitation,
} from "../../../src/bundle/invitation.ts";

const KEY = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k";
const INVITATION: Invitation = { host: "bundle.example.org", ports: { mptcp: 7119, mlppp: 7120 }, key: KEY };
const LINE = renderInvitation(INVITATION);

const port = fc.integer({ min: 1, max: 65_535 });
const ports = fc.oneof(fc.record({ mptcp: port, mlppp: port }), fc.record({ mptcp: port }), fc.record({ mlppp: port }));
const host = fc.oneof(fc.domain(), fc.ipV4());

test("an invitation is one word of a shell, with room for both engines", () => {
  expect(LINE).toMatch(/^wanherd:1:bundle\.example\.org:mptcp=7119,mlppp=7120:[\w-]{43}:[0-9a-f]{8}$/);
  expect(LINE).toMatch(/^[\w.:=,-]+$/);
});

test("what was rendered is read as it was, whatever white space came with it", () => {
  fc.assert(
    fc.property(host, ports, fc.constantFrom("", " ", "\n", "\r\n", "\t"), (name, of, space) => {
      const invitation = { host: name, ports: of, key: makeKey() };
      expect(parseInvitation(space + renderInvitation(invitation) + space)).toEqual(invitation);
    }),
  );
});

test("a line that lost characters, or got others, is not taken", () => {
  fc.assert(
    fc.property(fc.nat(LINE.length - 1), fc.string({ maxLength: 2 }), (at, instead) => {
      const changed = LINE.slice(0, at) + instead + LINE.slice(at + 1);
      fc.pre(changed.trim() !== LINE);
      expect(typeof parseInvitation(changed)).toBe("string");
    }),
  );
});

test("whatever is given, it is read or refused with a phrase that quotes nothing of it", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant("x".repeat(100_000))), (text) => {
      const parsed = parseInvitation(`wanherd:1:${text}`);
      expect(["not an invitation", "not copied whole"]).toContain(parsed);
    }),
  );
  expect(parseInvitation(LINE.replace("wanherd:1:", "wanherd:2:"))).toBe("of a newer wanherd");
  expect(parseInvitation(LINE.slice(0, -3))).toBe("not copied whole");
});

test("each use has a secret of its own, and the same key always the same", () => {
  expect(deriveSecret(KEY, "mptcp")).toBe(deriveSecret(KEY, "mptcp"));
  expect(deriveSecret(KEY, "mptcp")).not.toBe(deriveSecret(KEY, "mlppp chap"));
  expect(deriveSecret(makeKey(), "mptcp")).not.toBe(deriveSecret(KEY, "mptcp"));
  expect(deriveSecret(KEY, "mptcp")).toMatch(/^[\w-]{43}$/);
});
