import type { FileBody } from '../objects/object-body.ts';
import type { ServiceProxy } from '../proxy/create-service-proxy.ts';
import type { ResolvedImage, Runtime } from '../runtimes/runtime.ts';
import type { Clock } from '../support/time/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { ImageScan } from '../wire/scan.ts';
import type { Sentence } from '../wire/sentence.ts';
import type { Observe } from './events.ts';
import type { ExecutionTrace } from './execution-trace.ts';
import type { Journal } from './journal.ts';
import type { ReadSecrets, SettleGraph } from './prepare/journey-secrets.ts';

export interface ExecutionLimits {
  readonly pullMs: number;
  readonly stageMs: number;
  readonly collectMs: number;
  /** Time between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
  /** How long to wait for output after the exit. */
  readonly logDrainMs: number;
  /** Maximum output in a response. */
  readonly logKeepBytes: number;
  /** Maximum size of a response, as JSON. */
  readonly answerBytes: number;
  /** Maximum output of a container. */
  readonly logBytes: number;
  /** Maximum number of lines of output, because a line costs more than its bytes. */
  readonly logLines: number;
  readonly logOverflow: 'stop' | 'cut';
  /** Maximum size of the writable volumes, during and after the run. */
  readonly outputBytes: number;
  /** Files and directories. */
  readonly outputFiles: number;
  /** Maximum nesting of directories. */
  readonly outputDepth: number;
  /** Maximum size of writes outside volumes and scratch, where the agent measures them. */
  readonly layerBytes: number;
  /** The same in files and directories. */
  readonly layerFiles: number;
  readonly layerCheckMs: { readonly longest: number; readonly shortest: number };
  /** Longest and shortest interval between measurements of the volumes while a container runs. */
  readonly outputCheckMs: { readonly longest: number; readonly shortest: number };
}

/** Keeps whole outputs for as long as their records. */
export interface KeepLog {
  /** For files while an execution runs. */
  readonly directory: string;
  /** Maximum number of bytes of one output. */
  readonly limitBytes: number;
  /** @returns the name of the object; undefined when the attempt no longer counts: nothing is stored */
  store(
    attempt: { readonly executionId: string; readonly fence: number },
    body: FileBody,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/**
 * Checks the resolved image against the policy before a container of it starts.
 * @throws ExecError POLICY_DENIED
 */
export type JudgeImage = (
  plan: ExecutionPlan,
  image: ResolvedImage,
  context: { readonly rootfs: () => Promise<string | undefined>; readonly signal: AbortSignal },
) => Promise<{ readonly warnings: readonly Sentence[]; readonly scan?: ImageScan }>;

/** The parts of the agent that an execution uses. */
export interface ExecutionTools {
  readonly runtime: Runtime;
  readonly services: Pick<ServiceProxy, 'open'>;
  readonly deployment: string;
  readonly judgeImage: JudgeImage;
  readonly readSecrets: ReadSecrets;
  readonly settleGraph: SettleGraph;
  /** A sentence in the words of the gateway that the execution came through. */
  readonly describe: (plan: Pick<ExecutionPlan, 'gateway'>, sentence: Sentence) => string;
  readonly journal: Journal;
  readonly observe: Observe;
  readonly limits: ExecutionLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trace?: ExecutionTrace;
  /** Removes what an earlier attempt may have left; absent: there was none. */
  readonly removeEarlier?: () => Promise<void>;
  /** Absent: what a response has no room for is lost. */
  readonly keepLog?: KeepLog;
}
