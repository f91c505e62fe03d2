import type { InputCache } from '../inputs/cache/input-cache.ts';
import { createInputStager, type StageInputs } from '../inputs/create-input-stager.ts';
import type { OpenUrl } from '../inputs/urls/open-url.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { type CollectOutputs, createOutputCollector } from '../outputs/create-output-collector.ts';
import type { SettleGraph } from '../outputs/graph/create-graph-settler.ts';
import type { PutToUrl } from '../outputs/upload/put-to-url.ts';
import type { StagingLimits } from '../wire/pod/keeper.ts';

export interface StagingParts {
  /** Absent: graphs are checked on the event loop. */
  readonly settleGraph?: SettleGraph | undefined;
  readonly store: ObjectStore;
  readonly openUrl: OpenUrl;
  readonly putToUrl: PutToUrl;
  readonly limits: StagingLimits;
  /** Absent: every input is fetched. */
  readonly cache?: InputCache | undefined;
}

/** The one way in which inputs get into directories and outputs out of them, in the agent and beside the data. */
export function createStaging({ store, openUrl, putToUrl, limits, settleGraph, cache }: StagingParts): {
  readonly stage: StageInputs;
  readonly collect: CollectOutputs;
} {
  return {
    stage: createInputStager({
      store,
      openUrl,
      cache,
      limits: {
        maxInputBytes: limits.inputBytes,
        maxInputFiles: limits.inputFiles,
        concurrency: limits.concurrency,
      },
    }),
    collect: createOutputCollector({
      store,
      putToUrl,
      settleGraph,
      limits: {
        maxFileContentBytes: limits.fileContentBytes,
        maxAnswerContentBytes: limits.messageBytes,
        maxOutputBytes: limits.outputBytes,
        maxOutputFiles: limits.outputFiles,
        maxOutputDepth: limits.outputDepth,
        maxGraphBytes: limits.graphBytes,
        uploadConcurrency: limits.concurrency,
        presignSeconds: limits.presignSeconds,
      },
    }),
  };
}
