import type { Finding, Probe } from "./types.ts";

/** Whether the config at its usual place is one, and says what nobody can guess: where the access point stands. */
export async function checkConfiguration(probe: Probe): Promise<Finding[]> {
  const { problems, accessPoint } = await probe.configuration();
  if (problems.length > 0)
    return problems.map((problem) => ({
      level: "fail",
      text: `the config is refused: ${problem}`,
      mend: "correct that line; until then an agent that runs keeps the old config, and none starts",
    }));
  return [
    { level: "ok", text: "the config can be read" },
    accessPoint.enabled && accessPoint.country === null
      ? {
          level: "warn",
          text: "no country is set: radios keep to the few channels and the low power that are allowed everywhere",
          mend: "wanherd init, or accessPoint: { country: SE } in the config, with the letters of yours",
        }
      : { level: "ok", text: `access point: ${accessPoint.enabled ? `country ${accessPoint.country}` : "not wanted"}` },
  ];
}
