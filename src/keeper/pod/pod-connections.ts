import { listenForCalls } from '../hold/call-line.ts';
import { type CarriedCalls, carryCalls } from './carry-calls.ts';
import { connectPorts, type PortConnections } from './connect-ports.ts';

/** What connects the command's loopback with agents. */
export interface PodConnections extends Pick<CarriedCalls, 'offer'>, Pick<PortConnections, 'connect'> {
  close(): Promise<void>;
}

export interface PodConnectionsOptions {
  /** Shared with the containers of the steps. */
  readonly lineDirectory: string;
  readonly nonce: string;
  /** Asks the `hold` of the step that runs for a connection under a number; false when no step runs. */
  readonly ask: (port: number, number: number) => boolean;
  readonly onTrouble: (error: unknown) => void;
}

/** For the answer of a `hold`, which connects at once. */
const answerMs = 10_000;
/** For an agent that serves calls to open the next connection. */
const nextCarrierMs = 5_000;

export async function openPodConnections(options: PodConnectionsOptions): Promise<PodConnections> {
  const { lineDirectory, nonce, ask, onTrouble } = options;
  const calls = carryCalls(nextCarrierMs);
  const ports = connectPorts({ ask, timeoutMs: answerMs });
  const line = await listenForCalls({
    directory: lineDirectory,
    nonce,
    onTrouble,
    onCall(call) {
      if (call.kind === 'call') calls.take(call.connection);
      else ports.settle(call.number, call.kind === 'connected' ? call.connection : undefined);
    },
  });
  return { offer: calls.offer, connect: ports.connect, close: line.close };
}
