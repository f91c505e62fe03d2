import { availableParallelism } from 'node:os';
import type { OfferedService, PolicyBase } from '../../admission/policy/policy.ts';
import type { ExecutionLimits } from '../../execution/execution-tools.ts';
import type { StreamLimits } from '../../gateways/redis/read-stream.ts';
import type { UrlLimits } from '../../inputs/urls/url-options.ts';
import type { QueueLimits } from '../../queue/queue-options.ts';
import { mostCpus } from '../settings/limit-settings.ts';
import { placeOf } from '../settings/runtime-settings.ts';
import type { Config } from './config-schema.ts';

// A point of priority is worth this much waiting: the highest passes everything of the last 50 minutes.
const agingMs = 30_000;
// All agents receive a published message within this time.
const echoMs = 10_000;
const maxAttempts = 3;
const liveLogMs = 60_000;

export function queueLimits(config: Config): QueueLimits {
  return {
    retentionMs: config.retentionSeconds * 1000,
    retained: config.retained,
    protectedMs: config.dedupeSeconds * 1000,
    maxWaiting: config.queueMax,
    tenantBytes: config.tenantBytes,
    agingMs,
    echoMs,
    maxAttempts,
    answersKept: config.answersKept,
    liveLogMs,
  };
}

// Each batch is handled in one go, which nothing else in the agent should notice.
const streamBatch = 50;
const streamBatches = 2;
const streamBlockMs = 1000;

export function streamLimits(config: Config): StreamLimits {
  return {
    batch: streamBatch,
    batches: streamBatches,
    blockMs: streamBlockMs,
    abandonedMs: config.leaseSeconds * 1000,
  };
}

// On a host that is short of CPU, Docker may take long to end a log. Most end at once.
const logDrainMs = 60_000;

/** No program has a need for directories nested deeper than this. */
export const outputDepth = 100;
// An engine has to be asked, and looks through every file for it.
const layerCheckMs = { longest: 5000, shortest: 250 };
const outputCheckMs = { longest: 1000, shortest: 100 };

/** A server that sends nothing for this long fails the transfer. */
export const urlLimits: UrlLimits = { maxRedirects: 5, idleMs: 30_000 };

export const uploadLimits = { idleMs: 30_000, attempts: 4, backoffMs: 500 };

export function executionLimits(config: Config): ExecutionLimits {
  return {
    pullMs: config.pullTimeout * 1000,
    stageMs: config.stageTimeout * 1000,
    collectMs: config.collectTimeout * 1000,
    stopGraceMs: config.stopGrace * 1000,
    logDrainMs,
    logKeepBytes: config.logKeepBytes,
    answerBytes: config.messageBytes,
    logBytes: config.logBytes,
    logLines: config.logLines,
    logOverflow: config.logOverflow,
    outputBytes: config.outputBytes,
    outputFiles: config.outputFiles,
    outputDepth,
    outputCheckMs,
    layerBytes: config.layerBytes,
    layerFiles: config.layerFiles,
    layerCheckMs,
  };
}

/** Defaults for settings that the policy file does not set. */
export function policyBase(config: Config, place = placeOf(config.runtime)): PolicyBase {
  return {
    defaults: {
      cpus: config.cpusDefault,
      memoryBytes: config.memoryDefault,
      pids: config.pidsDefault,
      scratchBytes: config.scratchBytes,
      shmBytes: config.shmDefault,
      timeoutSeconds: config.timeoutDefault,
    },
    maxima: {
      cpus: config.cpusMax ?? (place === 'machine' ? availableParallelism() : mostCpus),
      memoryBytes: config.memoryMax,
      pids: config.pidsMax,
      scratchBytes: config.diskMax,
      shmBytes: config.shmMax,
      timeoutSeconds: config.timeoutMax,
    },
    hostImage: config.hostImage,
    openFiles: config.openFiles,
    ports: config.hostPorts,
    offered: offeredServices(config),
    servicePort: config.servicePort,
  };
}

/** What requests can be granted with this configuration. */
function offeredServices({ services = {} }: Config): readonly OfferedService[] {
  const usual = ['data', 'ai'].filter((name) => !Object.hasOwn(services, name));
  return [
    ...usual.map((name) => ({ name, countsTokens: true })),
    ...Object.entries(services).map(([name, service]) => {
      return { name, countsTokens: service.kind !== 'http' || service.countsTokens === true };
    }),
  ];
}
