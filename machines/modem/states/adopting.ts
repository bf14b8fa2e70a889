import type { AdoptedModem } from "../effects.ts";
import type { ModemSetup } from "../setup.ts";

/**
 * Before a word is said to the modem: an earlier agent may have left it online. Then it is, from here on as if we had
 * dialled. Not so a link that turns out to be dead, which goes the way of every lost one.
 */
export function adopting(modem: ModemSetup) {
  return modem.createStateConfig({
    invoke: {
      id: "adopt",
      src: "adopt",
      input: ({ context }) => ({ port: context.port }),
      onDone: [
        {
          guard: ({ event }) => event.output !== null,
          target: ["#modem.working.connecting.call.online", "#modem.working.connecting.watch.listening"],
          actions: { type: "noteAdopted", params: ({ event }) => event.output as AdoptedModem },
        },
        { target: "probing" },
      ],
      onError: { target: "probing", actions: "reportOffline" },
    },
    // The pool may hold its link already.
    on: { "modem.stop": { target: "releasing", actions: ["aimAtStop", "reportOffline"] } },
  });
}
