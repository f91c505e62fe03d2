import type { Observe } from '../../execution/events.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Outcome } from '../../wire/record/record.ts';

export interface PullWatch {
  readonly observe: Observe;
  /** Counts what the execution has waited for. */
  end(outcome: Outcome): void;
}

/** Notes what one execution waits for images. */
export function watchPulls(metrics: Pick<AgentMetrics, 'pulled'>): PullWatch {
  const received = new Map<string, number>();
  return {
    observe(event) {
      if (event.kind === 'pull') received.set(event.progress.reference, event.progress.receivedBytes);
    },
    end({ failure }) {
      if (received.size === 0) return;
      const bytes = [...received.values()].reduce((sum, each) => sum + each, 0);
      const hasFailed = failure?.code === 'IMAGE_NOT_FOUND' || failure?.code === 'IMAGE_PULL_FAILED';
      metrics.pulled(bytes, hasFailed ? 'failed' : 'ok');
    },
  };
}
