import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AtChannel } from "../../../src/at/at-channel.ts";
import type { TranscriptLine } from "../../../src/at/types.ts";
import { FakeLine } from "./fake-line.ts";

const TTY = "/dev/wanherd/1-1.3/if01";

async function open(line: FakeLine): Promise<{ channel: AtChannel; transcript: TranscriptLine[] }> {
  const transcript: TranscriptLine[] = [];
  const channel = await AtChannel.open(TTY, {
    openLine: async () => line,
    transcript: (entry) => transcript.push(entry),
  });
  return { channel, transcript };
}

const kind = (kindName: string) => expect.objectContaining({ failure: expect.objectContaining({ kind: kindName }) });

describe("an AT dialogue", () => {
  it("gives a command its lines and its final result, with and without echo", async () => {
    for (const echo of ["", "AT+CSQ\r"]) {
      const line = new FakeLine();
      line.onCommand = () => line.say(`${echo}\r\n+CSQ: 17,99\r\n\r\nOK\r\n`);
      const { channel } = await open(line);
      const response = await channel.command("AT+CSQ");
      expect(response).toMatchObject({ command: "AT+CSQ", lines: ["+CSQ: 17,99"], final: { kind: "OK" } });
      expect(line.written).toEqual(["AT+CSQ\r"]);
      await channel.close();
    }
  });

  it("sends one command at a time, in order", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const first = channel.command("AT+CGMI");
    const second = channel.command("AT+CGMM");
    await vi.waitFor(() => expect(line.written).toEqual(["AT+CGMI\r"]));
    line.say("ZTE\r\nOK\r\n");
    await first;
    await vi.waitFor(() => expect(line.written).toEqual(["AT+CGMI\r", "AT+CGMM\r"]));
    line.say("MF102\r\nOK\r\n");
    expect((await second).lines).toEqual(["MF102"]);
  });

  it("keeps what the modem says by itself out of the answer, and gives it to listeners", async () => {
    const line = new FakeLine();
    line.onCommand = () => line.say("\r\n^RSSI:17\r\n\r\n+CSQ: 17,99\r\n\r\n+CREG: 5\r\n\r\nRING\r\n\r\nOK\r\n");
    const { channel } = await open(line);
    const heard: string[] = [];
    channel.onUnsolicited((text) => heard.push(text));
    expect((await channel.command("AT+CSQ")).lines).toEqual(["+CSQ: 17,99"]);
    line.say("\r\n+CREG: 1\r\n");
    await vi.waitFor(() => expect(heard).toEqual(["^RSSI:17", "+CREG: 5", "RING", "+CREG: 1"]));
  });

  it("escapes from a prompt it did not ask for", async () => {
    const line = new FakeLine();
    line.onCommand = (text) => line.say(text === "\x1b" ? "\r\nOK\r\n" : "\r\n> ");
    const { channel } = await open(line);
    expect((await channel.command("AT+CMGS=1")).final).toEqual({ kind: "OK" });
  });

  it("writes no secret into the transcript, whichever side says it", async () => {
    const line = new FakeLine();
    line.onCommand = (text) => line.say(`${text}\r\r\nfoo AT+CPIN="1234"\r\nOK\r\n`);
    const { channel, transcript } = await open(line);
    const response = await channel.command('AT+CPIN="1234"');
    await channel.command('AT^AUTHDATA=1,1,"secret1234","u"');
    expect(JSON.stringify([transcript, response.command])).not.toContain("1234");
    expect(transcript[0]).toEqual({ tty: TTY, direction: "to modem", text: "AT+CPIN=•••", cause: null });
  });

  it("refuses to send a second command within one", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    await expect(channel.command("AT\rATD*99#")).rejects.toEqual(kind("Internal"));
    expect(line.written).toEqual([]);
  });
});

describe("a call", () => {
  it("reads nothing more once the modem has said CONNECT", async () => {
    const line = new FakeLine();
    line.onCommand = () => line.say("\r\nCONNECT 7200000\r\n");
    const { channel } = await open(line);
    const ended = vi.fn();
    channel.onEnd(ended);
    const { final } = await channel.command("ATD*99#", { dialling: true });
    expect(final).toEqual({ kind: "CONNECT", speed: "7200000" });
    const { reads } = line;
    line.say("~\xff\x7d\x23\xc0\x21");
    await new Promise((resolve) => setImmediate(resolve));
    expect(line.reads).toBe(reads);
    await expect(channel.command("AT")).rejects.toEqual(kind("PortBusy"));
    await channel.close();
    expect(line.closed).toEqual({ keepOutput: true });
    expect(ended).not.toHaveBeenCalled();
  });

  it("is called off by a character when it is aborted", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const stop = new AbortController();
    const call = channel.command("ATD*99#", { dialling: true, signal: stop.signal });
    await vi.waitFor(() => expect(line.written).toEqual(["ATD*99#\r"]));
    stop.abort(new Error("unplugged"));
    await expect(call).rejects.toThrow("unplugged");
    expect(line.written).toEqual(["ATD*99#\r", "\r"]);
  });
});

describe("a modem that misbehaves", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => vi.useRealTimers());

  it("is PortSilent when it does not answer, and the message names command and port", async () => {
    const { channel } = await open(new FakeLine());
    const command = channel.command("AT+CPIN?", { timeoutMs: 3000 });
    const caught = expect(command).rejects.toThrow(`${TTY} did not answer AT+CPIN? within 3 s`);
    await vi.advanceTimersByTimeAsync(3000);
    await caught;
  });

  it("is PortGarbled when it says something without end", async () => {
    const line = new FakeLine();
    line.onCommand = () => line.say("\r\n\x01\x02binary\r\n");
    const { channel } = await open(line);
    const command = expect(channel.command("ATI", { timeoutMs: 3000 })).rejects.toEqual(kind("PortGarbled"));
    await vi.advanceTimersByTimeAsync(3000);
    await command;
  });

  it("is PortGarbled, and the channel ends, when it sends 1 MB", async () => {
    const line = new FakeLine();
    line.onCommand = () => line.say("A".repeat(1_000_000));
    const { channel } = await open(line);
    const ended = vi.fn();
    channel.onEnd(ended);
    await expect(channel.command("ATI")).rejects.toEqual(kind("PortGarbled"));
    expect(line.reads * 4096).toBeLessThan(100_000);
    expect(line.closed).not.toBeNull();
    expect(ended).toHaveBeenCalledOnce();
  });

  it("ends as well when it raves without being asked", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const ended = vi.fn();
    channel.onEnd(ended);
    line.say("^RSSI:1\r\n".repeat(100_000));
    await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(kind("PortGarbled")));
  });

  it("is PortGarbled after 200 lines", async () => {
    const line = new FakeLine();
    line.onCommand = () => line.say("x\r\n".repeat(201));
    const { channel } = await open(line);
    await expect(channel.command("ATI")).rejects.toEqual(kind("PortGarbled"));
  });

  it("does not get a late answer taken for the next command's", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const slow = expect(channel.command("AT+COPS?", { timeoutMs: 1000 })).rejects.toEqual(kind("PortSilent"));
    await vi.advanceTimersByTimeAsync(1000);
    await slow;
    line.onCommand = (text) => {
      if (text === "AT") line.say('+COPS: 0,0,"late"\r\nOK\r\nOK\r\n');
      if (text === "AT+CSQ") line.say("+CSQ: 9,99\r\nOK\r\n");
    };
    const next = channel.command("AT+CSQ");
    await vi.advanceTimersByTimeAsync(200);
    expect((await next).lines).toEqual(["+CSQ: 9,99"]);
    expect(line.written.slice(1)).toEqual(["AT\r", "AT+CSQ\r"]);
  });

  it("is DeviceGone when it is pulled out: the running command, the waiting ones and those to come", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const ended = vi.fn();
    channel.onEnd(ended);
    const all = Promise.allSettled([channel.command("AT"), channel.command("ATI")]);
    await vi.advanceTimersByTimeAsync(1);
    line.pull();
    for (const result of await all) expect(result).toMatchObject({ reason: kind("DeviceGone") });
    await expect(channel.command("AT")).rejects.toEqual(kind("DeviceGone"));
    expect(ended).toHaveBeenCalledOnce();
    expect(channel.usable).toBe(false);
  });
});

describe("closing", () => {
  it("is prompt while a read is pending, is idempotent, and tells no listener", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const ended = vi.fn();
    channel.onEnd(ended);
    const running = channel.command("AT");
    await Promise.all([channel.close(), channel.close(), expect(running).rejects.toEqual(kind("DeviceGone"))]);
    expect(line.closed).toEqual({ keepOutput: false });
    expect(ended).not.toHaveBeenCalled();
  });

  it("drops a queued command that is aborted before its turn", async () => {
    const line = new FakeLine();
    const { channel } = await open(line);
    const stop = new AbortController();
    const first = channel.command("AT");
    const second = channel.command("ATI", { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    line.say("OK\r\n");
    await first;
    expect(line.written).toEqual(["AT\r"]);
  });

  it("holds commands back while somebody else sets up the tty", async () => {
    const line = new FakeLine();
    line.onCommand = () => line.say("OK\r\n");
    const { channel } = await open(line);
    const resume = await channel.hold();
    const command = channel.command("AT");
    await new Promise((resolve) => setImmediate(resolve));
    expect(line.written).toEqual([]);
    resume();
    await command;
    expect(line.written).toEqual(["AT\r"]);
  });
});

describe("the transcript of an AT dialogue", () => {
  it("names who asked, beside each line of the answer, and nobody for what the modem says by itself", async () => {
    const line = new FakeLine();
    const transcript: TranscriptLine[] = [];
    let asker = "identify";
    const channel = await AtChannel.open(TTY, {
      openLine: async () => line,
      transcript: (entry) => transcript.push(entry),
      asker: () => asker,
    });
    line.onCommand = (command) => {
      const answer = command === "AT+CSQ" ? "+CSQ: 17,99" : "MF102";
      line.say(`\r\n+CREG: 1\r\n\r\n${answer}\r\n\r\nOK\r\n`);
    };
    const first = channel.command("AT+CGMM");
    // It waits for the other; who asked is who asked when it did.
    asker = "watchRegistration";
    const second = channel.command("AT+CSQ");
    asker = "nobody";
    await Promise.all([first, second]);
    line.say("\r\n+CREG: 5\r\n");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(transcript.map(({ text, cause }) => `${text} | ${cause}`)).toEqual([
      "AT+CGMM | identify",
      "+CREG: 1 | null",
      "MF102 | identify",
      "OK | identify",
      "AT+CSQ | watchRegistration",
      "+CREG: 1 | null",
      "+CSQ: 17,99 | watchRegistration",
      "OK | watchRegistration",
      "+CREG: 5 | null",
    ]);
    await channel.close();
  });
});
