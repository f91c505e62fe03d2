import { z } from 'zod';
import { maxSteps } from '../plan/plan.ts';
import { storedPlanSchema } from '../plan/upgrade-plan.ts';
import { imageScanSchema } from '../scan.ts';
import { sentenceSchema } from '../sentence.ts';
import { type exitSchema, failureSchema, stepResultSchema } from './step-result.ts';
import { upgradeOutcome } from './upgrade-outcome.ts';

export const collectedFileSchema = z.object({
  /** Relative to the collected root: `a/b.csv`. */
  name: z.string(),
  /** As the container saw it. */
  path: z.string(),
  size: z.number().int().nonnegative(),
  sha256: z.string().optional(),
  /** Absent when the file is larger than what an answer may carry, or the content was moved. */
  content: z.string().optional(),
  encoding: z.enum(['utf8', 'base64']),
  truncated: z.boolean(),
  /** The object that holds the content, with that of the other files. */
  ref: z.string().optional(),
});

export const uploadedObjectSchema = z.object({
  name: z.string(),
  bucket: z.string(),
  size: z.number().int().nonnegative(),
  sha256: z.string().optional(),
  /** From which anyone can read it for a while. */
  url: z.string().optional(),
});

export const sentFileSchema = z.object({
  /** Relative to the collected root. */
  name: z.string(),
  /** Without its query, which may hold a secret. */
  url: z.string(),
  size: z.number().int().nonnegative(),
  sha256: z.string(),
});

/** Regular files below a directory, at any depth. */
const fileTotalsSchema = z.object({ files: z.number().int().nonnegative(), bytes: z.number().int().nonnegative() });

export const collectedSchema = z.object({
  files: z.array(collectedFileSchema),
  /** Required patterns that nothing matched. */
  missing: z.array(z.string()),
  /** The graph document's text, unparsed so that long numbers keep their digits. */
  graph: z.string().optional(),
  uploads: z.array(uploadedObjectSchema),
  /** Files that went to a URL. */
  sent: z.array(sentFileSchema).optional(),
  /** All that lay in the directory of the `rest` output, returned or not. */
  total: fileTotalsSchema.optional(),
  /** What the answer had no room for, all of it in one object. */
  overflow: z.object({ name: z.string(), url: z.string().optional() }).optional(),
  /** In the order they were met; the first decides the answer's code. */
  failures: z.array(failureSchema),
  warnings: z.array(sentenceSchema),
});

/** What an execution has taken of one service. */
export const spendingSchema = z.object({
  /** Calls that were let through. */
  calls: z.number().int().nonnegative(),
  /** Bytes of request and of answer bodies. */
  bytesIn: z.number().int().nonnegative(),
  bytesOut: z.number().int().nonnegative(),
  /** Calls that got a status of 500 or more, or whose answer was cut. */
  errors: z.number().int().nonnegative(),
  /** Milliseconds that the calls took, added up. */
  ms: z.number().nonnegative(),
  /** As the service counts them. */
  tokens: z.number().nonnegative(),
});

const spendingsSchema = z.record(z.string(), spendingSchema);

/** Milliseconds spent in each phase beside the steps; absent: the phase was not reached. */
const phasesSchema = z.object({
  queued: z.number().optional(),
  staged: z.number().optional(),
  /** Creating and starting the containers. */
  started: z.number().optional(),
  collected: z.number().optional(),
});

/** How an execution ended: everything that a response is made from, independent of the message format. */
const currentOutcomeSchema = z.object({
  /** Absent: success. */
  failure: failureSchema.optional(),
  /** In order, up to the one that ended the execution. */
  steps: z.array(stepResultSchema).max(maxSteps),
  /** stdout and stderr as they came, bounded. */
  output: z.string(),
  /** The object with the whole output, where `output` lacks some of it. */
  log: z
    .object({
      name: z.string(),
      bytes: z.number().int().nonnegative(),
      /** Line feeds in it; absent: not counted. */
      lines: z.number().int().nonnegative().optional(),
    })
    .optional(),
  /** The same with time and stream, and the agent's own steps; only when asked for. */
  logs: z.string().optional(),
  collected: collectedSchema.optional(),
  runtime: z.string().optional(),
  imageDigest: z.string().optional(),
  imageScan: imageScanSchema.optional(),
  /** By service; absent: it was granted none. */
  services: spendingsSchema.optional(),
  phases: phasesSchema,
  warnings: z.array(sentenceSchema),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  finishedAt: z.number(),
});

/** Upgrades what older agents recorded. */
export const outcomeSchema = z.preprocess(upgradeOutcome, currentOutcomeSchema);

/** The parts of an image's configuration that decide what runs. */
const imageConfigSchema = z.object({
  entrypoint: z.array(z.string()).readonly().exactOptional(),
  command: z.array(z.string()).readonly().exactOptional(),
  user: z.string().exactOptional(),
  /** `NAME=value` */
  env: z.array(z.string()).readonly().exactOptional(),
  /** Where a command runs that names no directory itself. */
  workingDir: z.string().exactOptional(),
  stopSignal: z.string().exactOptional(),
  /** CPU architecture, as in the OCI image specification: `amd64`. */
  arch: z.string(),
});

/** The digest that a reference had when an agent took the execution. It runs even if the tag moves later. */
const boundImageSchema = z.object({
  reference: z.string(),
  digest: z.string(),
  /** In the driver's own terms, where the digest does not say it. */
  id: z.string().exactOptional(),
  /** Of that digest, where the driver needs it to start a container. */
  config: imageConfigSchema.exactOptional(),
});

/** What a driver needs to find its sandbox or container again after a crash: plain JSON, opaque to all others. */
export const handleSchema = z.record(z.string(), z.json());

/** A step that has ended. Its output is read from its container again after a crash. */
const endedStepSchema = stepResultSchema.extend({ container: handleSchema.exactOptional() });

/** A container that was created, whether it runs, has ended, or was never started. */
const containerProgressSchema = z.object({
  sandbox: handleSchema,
  /** One for each step, in their order. */
  images: z.array(boundImageSchema).optional(),
  container: handleSchema,
  /** Which of the plan's steps the container runs. */
  step: z.number().int().nonnegative(),
  /** The steps that have ended, in order; the container's step is one of them once it has. Older records have none. */
  steps: z.array(endedStepSchema).max(maxSteps).default([]),
  /** Epoch milliseconds; set once, kept through a re-attach. */
  startedAt: z.number(),
  deadline: z.number(),
  /** Why it is being ended, once that was decided. */
  failure: failureSchema.optional(),
  /** What it had taken of its services by then. */
  spent: spendingsSchema.optional(),
});

/** What is worth knowing after a crash, each recorded before it is relied upon. */
export const progressSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('staging'), sandbox: handleSchema, images: z.array(boundImageSchema).optional() }),
  containerProgressSchema.extend({ state: z.literal('running') }),
  containerProgressSchema.extend({ state: z.literal('collecting') }),
]);

const attemptSchema = z.object({
  number: z.number().int().positive(),
  agent: z.string(),
  /** Where the agent keeps its sandboxes: another agent of the same home can go on with them. */
  home: z.string(),
  /** Grows with each attempt; a writer with an older one is refused. */
  fence: z.number().int().positive(),
});

const common = {
  version: z.literal(1),
  plan: storedPlanSchema,
  submittedAt: z.number(),
};

const stagingFields = { sandbox: handleSchema.optional(), images: z.array(boundImageSchema).optional() };

/** The one truth about an execution. */
export const executionRecordSchema = z.discriminatedUnion('state', [
  z.object({ ...common, state: z.literal('queued') }),
  z.object({ ...common, state: z.literal('staging'), attempt: attemptSchema, ...stagingFields }),
  containerProgressSchema.extend({ ...common, state: z.literal('running'), attempt: attemptSchema }),
  containerProgressSchema.extend({ ...common, state: z.literal('collecting'), attempt: attemptSchema }),
  z.object({ ...common, state: z.literal('finished'), attempt: attemptSchema.optional(), outcome: outcomeSchema }),
]);

export type Failure = z.infer<typeof failureSchema>;
export type CollectedFile = z.infer<typeof collectedFileSchema>;
export type UploadedObject = z.infer<typeof uploadedObjectSchema>;
export type SentFile = z.infer<typeof sentFileSchema>;
export type FileTotals = z.infer<typeof fileTotalsSchema>;
export type Collected = z.infer<typeof collectedSchema>;
export type Exit = z.infer<typeof exitSchema>;
export type Spending = z.infer<typeof spendingSchema>;
export type Spendings = z.infer<typeof spendingsSchema>;
export type EndedStep = z.infer<typeof endedStepSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type ContainerProgress = z.infer<typeof containerProgressSchema>;
export type Progress = z.infer<typeof progressSchema>;
export type ImageConfig = z.infer<typeof imageConfigSchema>;
export type Handle = z.infer<typeof handleSchema>;
export type Attempt = z.infer<typeof attemptSchema>;
export type ExecutionRecord = z.infer<typeof executionRecordSchema>;
export type ExecutionState = ExecutionRecord['state'];
