import { type PortPath, parsePortPath } from "../hotplug/types.ts";

/** What the address says after its #: a port, and a moment of it if that is not now. */
export interface Place {
  readonly port: PortPath | null;
  readonly at: number | null;
}

/** `#1-1.3` and `#1-1.3@1767621600000`, or without a port the whole bus; anything else is the bus now. */
export function parsePlace(hash: string): Place {
  const [, path = "", time] = /^#([0-9.-]{3,40})?(?:@([0-9]{1,15}))?$/.exec(hash) ?? [];
  const port = parsePortPath(path);
  return { port, at: time === undefined || (path !== "" && port === null) ? null : Number(time) };
}

export function placeText({ port, at }: Place): string {
  return `#${port ?? ""}${at === null ? "" : `@${Math.round(at)}`}`;
}
