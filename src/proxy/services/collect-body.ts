import { type Call, replyProblem } from '../call.ts';
import type { BodyReceiver } from '../http/exchange.ts';
import { problem } from '../problem.ts';
import type { ProxyLimits } from '../proxy-limits.ts';

/** Reads the whole body of a call; `then` is not called when the call ends before that. */
export function collectBody({ exchange, memory }: Call, limits: ProxyLimits, then: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  let held = 0;
  const { onOver } = exchange;
  exchange.onOver = (over, complete) => {
    memory.give(held);
    onOver?.(over, complete);
  };
  const receiver: BodyReceiver = {
    data(data) {
      if (exchange.over) return true;
      if (memory.take(data.length)) {
        held += data.length;
        pieces.push(data);
      } else replyProblem(exchange, tooMuch(limits));
      return true;
    },
    end() {
      if (!exchange.over) then(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces));
    },
  };
  const { queryBytes: bytes, bodyTimeoutMs: timeoutMs } = limits;
  exchange.client.receiveBody(exchange, receiver, { bytes, timeoutMs, whole: true });
}

function tooMuch({ collectedBytesPerSession: bytes }: ProxyLimits) {
  const error = `The calls that this execution has under way hold ${bytes} bytes already. Send fewer at once.`;
  return problem(503, 'TOO_MANY_CALLS', error);
}
