import { clipText } from '../../support/text/clip-text.ts';
import type { EndedStep, Exit, Failure } from '../../wire/record/record.ts';
import { stepTextLength } from '../../wire/record/step-result.ts';
import { errorCodes } from '../../wire/response/error-codes.ts';
import { mapTexts, plainText, type Sentence } from '../../wire/sentence.ts';

export interface StepEnd extends Pick<EndedStep, 'imageDigest' | 'startedAt' | 'finishedAt' | 'log' | 'container'> {
  readonly exit?: Exit | undefined;
  /** Why this agent ended it, or why it did not run. */
  readonly failure?: Failure | undefined;
  /** The agent ended it: no step may ignore that. */
  readonly wasStopped: boolean;
  readonly ignoreError: boolean;
  /** Hides secrets. */
  readonly mask: (text: string) => string;
}

/** Returns the result of a step, with its texts masked and short enough for a record. */
export function makeStepResult({ exit, failure, wasStopped, ignoreError, mask, ...facts }: StepEnd): EndedStep {
  const shorten = (text: string) => clipText(mask(text), stepTextLength);
  const isIgnored = ignoreError && !wasStopped && failure !== undefined && errorCodes[failure.code].fault === 'user';
  return {
    ...(exit === undefined ? {} : { exit: recordedExit(exit, shorten) }),
    ...(failure === undefined
      ? {}
      : { failure: { code: failure.code, message: shortenSentence(failure.message, mask) } }),
    ...(isIgnored ? { ignored: true } : {}),
    ...facts,
  };
}

/** One that is too long keeps no references. */
function shortenSentence(message: Sentence, mask: (text: string) => string): Sentence {
  const masked = mapTexts(message, mask);
  const text = plainText(masked);
  return text.length <= stepTextLength ? masked : clipText(text, stepTextLength);
}

function recordedExit({ endedAt: _, why, ...exit }: Exit, shorten: (text: string) => string) {
  return { ...exit, ...(why === undefined ? {} : { why: shorten(why) }) };
}
