/** The control socket answers nobody: the agent is not running (the CLI's exit code 3). */
export class AgentNotRunning extends Error {
  constructor(socket: string) {
    super(`the agent is not running (nothing answers at ${socket}); start it with \`wanherd up\``);
    this.name = "AgentNotRunning";
  }
}

/** An error answer of the control socket, as it was given. */
export class RequestRefused extends Error {
  /** HTTP status. */
  readonly status: number;
  /** The `error` field of the answer, e.g. `NoSuchPort`. */
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RequestRefused";
    this.status = status;
    this.code = code;
  }
}
