import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Handlers } from "../protocol.ts";
import { askAgent } from "./agent-request.ts";
import { Arguments } from "./arguments.ts";
import { Background, type End } from "./background.ts";
import { listProcesses } from "./processes.ts";

/** Bytes that a program may say on each of its outputs. */
const MAX_OUTPUT = 4 * 1024 * 1024;
const MAX_FILE = 32 * 1024 * 1024;

/** Programs, files, clock and processes of the guest, for the host. */
export function execHandlers(): Handlers {
  const running = new Map<number, Background>();
  let nextId = 1;

  const background = (args: Arguments): Background => {
    const found = running.get(args.number("id"));
    if (!found) throw new Error(`no background program has the id ${args.number("id")}`);
    return found;
  };

  return {
    exec: async (params) => exec(new Arguments(params)),
    start: async (params) => {
      const args = new Arguments(params);
      const argv = args.argv("argv");
      const name = args.optionalText("name") ?? argv[0];
      const started = await Background.start(argv, {
        name,
        env: args.environment("env"),
        cwd: args.optionalText("cwd"),
      });
      const id = nextId++;
      running.set(id, started);
      return { id, pid: started.pid };
    },
    output: async (params) => background(new Arguments(params)).output,
    waitForOutput: async (params) => {
      const args = new Arguments(params);
      const pattern = new RegExp(args.text("source"), args.text("flags").replace(/[gy]/g, ""));
      return background(args).waitForOutput(pattern, args.number("timeoutMs"));
    },
    waitExit: async (params) => {
      const args = new Arguments(params);
      return background(args).waitExit(args.number("timeoutMs"));
    },
    signal: async (params) => {
      const args = new Arguments(params);
      background(args).signal(args.text("signal") as NodeJS.Signals);
      return null;
    },
    stop: async (params) => {
      const args = new Arguments(params);
      return background(args).stop(args.text("signal") as NodeJS.Signals);
    },
    askAgent: async (params) => {
      const args = new Arguments(params);
      return askAgent(args.text("socket"), args.text("method"), args.text("path"), args.optionalText("json"));
    },
    readFile: async (params) => {
      const path = new Arguments(params).text("path");
      const content = await readFile(path);
      if (content.length > MAX_FILE) throw new Error(`${path} is larger than ${MAX_FILE} bytes`);
      return content.toString("base64");
    },
    writeFile: async (params) => {
      const args = new Arguments(params);
      const path = args.text("path");
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Buffer.from(args.text("base64"), "base64"), { mode: args.number("mode", 0o644) });
      return null;
    },
    now: async () => process.hrtime.bigint().toString(),
    processes: listProcesses,
  };
}

async function exec(args: Arguments): Promise<End & { stdout: string; stderr: string }> {
  const [program, ...rest] = args.argv("argv");
  const timeoutMs = args.number("timeoutMs", 60_000);
  const child = spawn(program, rest, {
    cwd: args.optionalText("cwd"),
    env: { ...process.env, ...args.environment("env") },
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, to be killed with all that it has started.
    detached: true,
  });
  let problem: string | undefined;
  const kill = (reason: string) => {
    problem ??= reason;
    killGroup(child.pid);
    // What has left the group may keep the pipes open for good.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(() => kill(`it took longer than ${timeoutMs} ms`), timeoutMs);
  const stdout = collect(child.stdout, () => kill(`it said more than ${MAX_OUTPUT} bytes`));
  const stderr = collect(child.stderr, () => kill(`it said more than ${MAX_OUTPUT} bytes`));
  // It may end without having read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(args.optionalText("stdin") ?? "");
  try {
    const end = await new Promise<End>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) => resolve({ exitCode, signal }));
    });
    if (problem) {
      throw new Error(`${program}: ${problem}; its last words: ${`${stdout()}${stderr()}`.slice(-500)}`);
    }
    return { ...end, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
  }
}

/** No error when nothing of the group is left. */
function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function collect(stream: NodeJS.ReadableStream, onTooMuch: () => void): () => string {
  const parts: Buffer[] = [];
  let length = 0;
  stream.on("data", (part: Buffer) => {
    length += part.length;
    if (length <= MAX_OUTPUT) parts.push(part);
    else onTooMuch();
  });
  return () => Buffer.concat(parts).toString("utf8");
}
