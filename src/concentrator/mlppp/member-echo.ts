import { createSocket, type Socket } from "node:dgram";
import { FailureError } from "../../../machines/failure.ts";
import { concentratorAddressOf, ECHO_PORT, gatewayAddressOf, MAX_MEMBERS } from "../../bundle/mlppp/addresses.ts";
import { QUESTION_BYTES } from "../../bundle/mlppp/member-echo.ts";

/**
 * Sends back what each member's gateway asks over it (RFC 862, UDP), inside of WireGuard: how the gateway knows how late that member is.
 * Resolves when it listens, with what ends it. Rejects with FailureError AddressTaken.
 */
export async function serveMemberEcho(): Promise<() => Promise<void>> {
  const sockets: Socket[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  };
  try {
    for (let member = 1; member <= MAX_MEMBERS; member++) sockets.push(await serve(member));
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

function serve(member: number): Promise<Socket> {
  const [here, there] = [concentratorAddressOf(member), gatewayAddressOf(member)];
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.on("message", (question, { address, port }) => {
      if (address === there && question.length === QUESTION_BYTES) socket.send(question, port, address, () => {});
    });
    socket.on("error", (cause) => {
      reject(new FailureError("AddressTaken", `${here}:${ECHO_PORT}/udp: ${cause.message}`, { cause }));
    });
    socket.bind({ address: here, port: ECHO_PORT }, () => resolve(socket));
  });
}
