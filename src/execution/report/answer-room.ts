import type { Transcript } from '../output/transcript.ts';

/** Bytes reserved in a response for ids, times, the error message and warnings. */
const envelope = { bytes: 64 * 1024, ofAnswer: 1 / 8 };

/** Bytes of JSON left in a response for the collected outputs. */
export function answerRoom(
  transcript: Pick<Transcript, 'output' | 'logs'>,
  { answerBytes, returnLogs }: { readonly answerBytes: number; readonly returnLogs: boolean },
): number {
  const texts = [transcript.output(), ...(returnLogs ? [transcript.logs()] : [])];
  const taken = texts.reduce((sum, text) => sum + Buffer.byteLength(JSON.stringify(text)), 0);
  const envelopeBytes = Math.min(envelope.bytes, answerBytes * envelope.ofAnswer);
  return Math.max(0, answerBytes - envelopeBytes - taken);
}
