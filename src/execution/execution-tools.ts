import type { ServiceProxy } from '../proxy/create-service-proxy.ts';
import type { ResolvedImage, Runtime } from '../runtimes/runtime.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { ImageScan } from '../wire/scan.ts';
import type { Observe } from './events.ts';
import type { Journal } from './journal.ts';
import type { ReadSecrets } from './journey-secrets.ts';

export interface ExecutionLimits {
  readonly pullMs: number;
  readonly stageMs: number;
  readonly collectMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
  /** How long output may still arrive after the exit. */
  readonly logDrainMs: number;
  /** How much output an answer keeps. */
  readonly logKeepBytes: number;
  /** How large an answer may be, as JSON. */
  readonly answerBytes: number;
  /** How much a container may write. */
  readonly logBytes: number;
  /** The same in lines: short ones cost more than their bytes. */
  readonly logLines: number;
  readonly logOverflow: 'stop' | 'cut';
  /** What containers may leave in their writable volumes, also while they run. */
  readonly outputBytes: number;
  /** Files and directories. */
  readonly outputFiles: number;
  /** How deep directories may be nested. */
  readonly outputDepth: number;
  /** What a container may write beside volumes and scratch, where that is watched. */
  readonly layerBytes: number;
  /** The same in files and directories. */
  readonly layerFiles: number;
  readonly layerCheckMs: { readonly longest: number; readonly shortest: number };
  /** How often the volumes are looked at while a container runs, at least and at most. */
  readonly outputCheckMs: { readonly longest: number; readonly shortest: number };
}

/**
 * Judges the very image that is to run, before anything of it does.
 * @throws ExecError POLICY_DENIED
 */
export type JudgeImage = (
  plan: ExecutionPlan,
  image: ResolvedImage,
  context: { readonly rootfs: () => Promise<string | undefined>; readonly signal: AbortSignal },
) => Promise<{ readonly warnings: readonly string[]; readonly scan?: ImageScan }>;

/** What the journey needs of the rest of the house. */
export interface ExecutionTools {
  readonly runtime: Runtime;
  readonly services: Pick<ServiceProxy, 'open'>;
  readonly deployment: string;
  readonly judgeImage: JudgeImage;
  readonly readSecrets: ReadSecrets;
  readonly journal: Journal;
  readonly observe: Observe;
  readonly limits: ExecutionLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}
