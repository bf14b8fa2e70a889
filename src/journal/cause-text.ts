/** The type of an event as a cause in words: XState's own are told as what was done, failed or waited for; ours are past facts already. */
export function causeText(type: string): string {
  const [, kind, name] = /^xstate\.(done\.actor|error\.actor|after|done\.state|init)\.?(.*)$/s.exec(type) ?? [];
  if (kind === undefined) return type;
  if (kind === "init") return "start";
  // `xstate.after.retryDelay.modem.waiting`: the delay's name comes first.
  if (kind === "after") return `after ${name?.split(".")[0] ?? ""}`;
  return `${name ?? ""} ${kind === "error.actor" ? "failed" : "done"}`;
}
