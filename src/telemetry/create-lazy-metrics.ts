import type { AgentMetrics, MetricSources } from './agent-metrics.ts';

/** Loads what counts with the first that is to be counted, so that an idle agent goes without it. */
export function createLazyMetrics(sources: MetricSources): AgentMetrics {
  let loading: Promise<AgentMetrics> | undefined;
  const load = () => (loading ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(sources)));
  const count = (note: (metrics: AgentMetrics) => void) => void load().then(note);
  return {
    finished: (outcome) => count((metrics) => metrics.finished(outcome)),
    retried: () => count((metrics) => metrics.retried()),
    setAside: () => count((metrics) => metrics.setAside()),
    // A rejection here would count as another one, for ever.
    faulted: () =>
      void load().then(
        (metrics) => metrics.faulted(),
        () => undefined,
      ),
    staged: (bytes) => count((metrics) => metrics.staged(bytes)),
    pulled: (bytes, result) => count((metrics) => metrics.pulled(bytes, result)),
    answered: (request) => count((metrics) => metrics.answered(request)),
    serviceUse: async () => (await load()).serviceUse(),
    text: async () => (await load()).text(),
  };
}
