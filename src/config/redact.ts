import type { Config, ModemConfig } from "./types.ts";

const HIDDEN = "•••";

/** The config as it may be shown: whether a secret is set stays visible, what it is does not. */
export function redact(config: Config): Config {
  const { modems, bundle, accessPoint } = config;
  return {
    ...config,
    modems: {
      defaults: redactModem(modems.defaults),
      named: Object.fromEntries(Object.entries(modems.named).map(([name, settings]) => [name, redactModem(settings)])),
    },
    bundle: { ...bundle, key: bundle.key === null ? null : HIDDEN },
    accessPoint: { ...accessPoint, passphrase: accessPoint.passphrase === "auto" ? "auto" : HIDDEN },
  };
}

function redactModem<M extends Partial<ModemConfig>>(settings: M): M {
  return {
    ...settings,
    ...(settings.pin ? { pin: HIDDEN } : {}),
    ...(settings.password ? { password: HIDDEN } : {}),
  };
}
