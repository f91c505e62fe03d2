import { z } from 'zod';
import { errorCodeSchema } from '../response/error-code-schema.ts';
import { plainText, sentenceSchema } from '../sentence.ts';

/** What went wrong; the gateway puts it into the words that the user reads. */
export const failureSchema = z.object({ code: errorCodeSchema, message: sentenceSchema });

/** Maximum length of the texts in a step result, in characters. */
export const stepTextLength = 2000;

const usageSchema = z.object({
  cpuSeconds: z.number().nonnegative().optional(),
  memoryPeakBytes: z.number().int().nonnegative().optional(),
});

/** How a container ended, as its driver reports it. */
export const exitSchema = z.object({
  /** 128+n for a process that signal n ended. */
  code: z.number().int(),
  /**
   * `out-of-memory`: the kernel killed it for using more than its limit. `runtime-stopped`: what runs containers was
   * stopped, and ended it. `unknown`: it ended by itself, and what ran it was killed before the code was saved.
   */
  reason: z.enum(['exited', 'out-of-memory', 'runtime-stopped', 'unknown']),
  /** A sentence of the driver about why it ended so, for the user. */
  why: z.string().exactOptional(),
  /** Epoch milliseconds, by the clock of the driver; absent: just now, or not known. */
  endedAt: z.number().exactOptional(),
  /** The command ended by itself, but the kernel ended a process for memory while it ran. */
  memoryKill: z.literal(true).exactOptional(),
  usage: usageSchema.optional(),
});

const shortText = z.string().max(stepTextLength);
const shortSentence = sentenceSchema.refine((text) => plainText(text).length <= stepTextLength, 'too long');

/** How one step ended. */
export const stepResultSchema = z.object({
  /** Of the image that it ran. Absent in older records. */
  imageDigest: z.string().exactOptional(),
  /** Absent: its container did not start, or how it ended is not known. */
  exit: exitSchema.omit({ endedAt: true }).extend({ why: shortText.exactOptional() }).exactOptional(),
  /** Absent: the step succeeded. */
  failure: failureSchema.extend({ message: shortSentence }).exactOptional(),
  /** The failure did not end the execution, because the step allows errors. */
  ignored: z.literal(true).exactOptional(),
  /** Epoch milliseconds, with fractions. */
  startedAt: z.number(),
  finishedAt: z.number(),
  /**
   * Where the output of the step is in the output of the execution, in bytes of UTF-8: its first byte, and the byte behind
   * its last. Bytes that were dropped from the middle of the output count.
   */
  log: z.object({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() }),
});

export type StepResult = z.infer<typeof stepResultSchema>;
