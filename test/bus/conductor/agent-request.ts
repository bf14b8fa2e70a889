import { request } from "node:http";

export interface AgentAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks the agent by its socket from within this process: a curl for each look would cost the guest more than all that is
 * looked at.
 */
export function askAgent(socketPath: string, method: string, path: string, json?: string): Promise<AgentAnswer> {
  const headers = json === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, headers, agent: false, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.once("timeout", () => asked.destroy(new Error(`${method} ${path}: the agent says nothing`)));
    asked.once("error", reject);
    asked.end(json);
  });
}
