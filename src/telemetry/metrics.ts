import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { phasesOf } from '../wire/record/outcome-facts.ts';
import type { Outcome } from '../wire/record/record.ts';
import type { AgentMetrics, MetricSources } from './agent-metrics.ts';

// From what a warm start takes up to the longest timeout that is usual.
const phaseBuckets = [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1800];
const httpBuckets = [0.002, 0.01, 0.05, 0.25, 1, 5, 30];

/** Labels take values from lists of ours or of the operator's alone, so that no caller can make many series. */
export function createMetrics(sources: MetricSources): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `exec_agent_${name}_total`, help, labelNames, registers });

  const finished = counter('executions_finished', 'Executions that have ended here, by their code or OK.', 'code');
  const retried = counter('executions_retried', 'Attempts that failed and are made again.');
  const faults = counter('faults', 'Errors that no code has handled; the log has each.');
  const aside = counter('records_set_aside', 'Records that could not be read; the log names each.');
  const phases = new Histogram({
    name: 'exec_agent_phase_seconds',
    help: 'How long each phase of an execution took.',
    labelNames: ['phase'],
    buckets: phaseBuckets,
    registers,
  });
  const inputBytes = counter('input_bytes', 'Bytes of inputs that were written into workspaces.');
  const outputBytes = counter('output_bytes', 'Bytes of the files that were collected.');
  const uploadedBytes = counter('uploaded_bytes', 'Bytes that were put into the object store.');
  const pulls = counter('image_pulls', 'Executions that had to wait for an image.', 'result');
  const pulledBytes = counter('image_pulled_bytes', 'Bytes of images that were received.');
  const calls = counter('service_calls', 'Calls of containers to services.', 'service');
  const callErrors = counter('service_errors', 'Those that failed.', 'service');
  const tokens = counter('service_tokens', 'Tokens that services have counted.', 'service');
  const http = new Histogram({
    name: 'exec_agent_http_request_seconds',
    help: 'How long HTTP requests took, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: httpBuckets,
    registers,
  });
  const depth = new Gauge({
    name: 'exec_agent_queue_depth',
    help: 'Executions of the whole deployment: waiting, waiting for their next attempt, worked on.',
    labelNames: ['state'],
    registers,
  });
  const unplacedDepth = new Gauge({
    name: 'exec_agent_queue_unplaced',
    help: 'Executions that wait for labels (container.placement) that no running agent has.',
    registers,
  });
  const oldest = new Gauge({
    name: 'exec_agent_queue_oldest_seconds',
    help: 'For how long the oldest of those that wait has been waiting.',
    registers,
  });
  const paused = new Gauge({
    name: 'exec_agent_queue_paused',
    help: '1 while the queue is paused: requests are accepted and wait.',
    registers,
  });
  const slots = new Gauge({ name: 'exec_agent_slots', help: 'Executions that run at once.', registers });
  const busy = new Gauge({ name: 'exec_agent_busy_slots', help: 'Executions that are worked on here.', registers });
  const networksReady = new Gauge({
    name: 'exec_agent_networks_ready',
    help: 'Networks for containers that are kept ready.',
    registers,
  });
  const networks = counter(
    'networks_taken',
    'Networks that executions were given: ready ones, and those that they had to wait for.',
    'from',
  );
  const warmReady = new Gauge({
    name: 'exec_agent_warm_containers',
    help: 'Containers that wait for a command.',
    registers,
  });
  const warmStarts = counter('warm_starts', 'Executions that began in a container that had waited.');
  const coldStarts = counter(
    'cold_starts',
    'Executions that began in a container of their own, by the reason.',
    'reason',
  );
  const info = new Gauge({
    name: 'exec_agent_info',
    help: 'What this agent is.',
    labelNames: ['version', 'runtime'],
    registers,
  });
  info.set({ version: sources.version, runtime: sources.runtime }, 1);
  slots.set(sources.slots);

  return {
    finished(outcome: Outcome) {
      const { failure, collected, services = {} } = outcome;
      finished.inc({ code: failure?.code ?? 'OK' });
      for (const [phase, ms = 0] of Object.entries(phasesOf(outcome))) phases.observe({ phase }, ms / 1000);
      outputBytes.inc(sizeOf(collected?.files));
      uploadedBytes.inc(sizeOf(collected?.uploads));
      for (const [service, spent] of Object.entries(services)) {
        calls.inc({ service }, spent.calls);
        callErrors.inc({ service }, spent.errors);
        tokens.inc({ service }, spent.tokens ?? 0);
      }
    },
    retried: () => retried.inc(),
    setAside: () => aside.inc(),
    faulted: () => faults.inc(),
    staged: (bytes) => inputBytes.inc(bytes),
    pulled(bytes, result) {
      pulls.inc({ result });
      pulledBytes.inc(bytes);
    },
    answered: ({ method, route, status, seconds }) => http.observe({ method, route, status: String(status) }, seconds),
    async serviceUse() {
      const [ofCalls, ofErrors, ofTokens] = await Promise.all([
        byService(calls),
        byService(callErrors),
        byService(tokens),
      ]);
      return new Map(
        [...ofCalls].map(([service, count]) => [
          service,
          { calls: count, errors: ofErrors.get(service) ?? 0, tokens: ofTokens.get(service) ?? 0 },
        ]),
      );
    },
    async text() {
      const { waiting, unplaced, delayed, leased, oldestQueuedAt, paused: isPaused, now } = await sources.queue();
      depth.set({ state: 'waiting' }, waiting);
      unplacedDepth.set(unplaced);
      depth.set({ state: 'delayed' }, delayed);
      depth.set({ state: 'leased' }, leased);
      oldest.set(oldestQueuedAt === undefined ? 0 : Math.max(0, now - oldestQueuedAt) / 1000);
      paused.set(isPaused ? 1 : 0);
      busy.set(sources.busy());
      const { ready = 0, takenReady = 0, waitedFor = 0 } = sources.networks() ?? {};
      networksReady.set(ready);
      networks.reset();
      networks.inc({ from: 'ready' }, takenReady);
      networks.inc({ from: 'made' }, waitedFor);
      const warm = sources.warm();
      warmReady.set(warm?.ready ?? 0);
      warmStarts.reset();
      warmStarts.inc(warm?.used ?? 0);
      coldStarts.reset();
      for (const [reason, count] of Object.entries(warm?.cold ?? {})) coldStarts.inc({ reason }, count);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

async function byService(counter: Counter<'service'>): Promise<ReadonlyMap<string, number>> {
  const { values } = await counter.get();
  return new Map(values.map(({ labels, value }) => [String(labels.service), value]));
}

function sizeOf(files: readonly { readonly size: number }[] = []): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
