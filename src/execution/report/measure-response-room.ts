import { smallText } from '../../support/text/convert-in-turns.ts';
import { nextTurn } from '../../support/time/next-turn.ts';
import type { StepResult } from '../../wire/record/step-result.ts';
import type { Transcript } from '../output/transcript.ts';

/** Bytes reserved in a response for ids, times, the error message and warnings. */
const envelope = { bytes: 64 * 1024, ofAnswer: 1 / 8 };

/** A step takes this much more in a response than in a record: its fields have longer names there. */
const stepOverhead = 200;

interface RoomOptions {
  readonly answerBytes: number;
  readonly returnLogs: boolean;
  /** The steps that the response lists. */
  readonly steps: readonly StepResult[];
}

/** Bytes of JSON left in a response for the collected outputs. Others run between its steps. */
export async function measureResponseRoom(
  transcript: Pick<Transcript, 'output' | 'logs'>,
  { answerBytes, returnLogs, steps }: RoomOptions,
): Promise<number> {
  const texts = [transcript.output, ...(returnLogs ? [transcript.logs] : [])];
  let taken = 0;
  for (const read of texts) {
    await nextTurn();
    const text = read();
    if (text.length > smallText) await nextTurn();
    taken += Buffer.byteLength(JSON.stringify(text));
  }
  await nextTurn();
  const stepBytes = Buffer.byteLength(JSON.stringify(steps)) + steps.length * stepOverhead;
  const envelopeBytes = Math.min(envelope.bytes, answerBytes * envelope.ofAnswer);
  return Math.max(0, answerBytes - envelopeBytes - stepBytes - taken);
}
