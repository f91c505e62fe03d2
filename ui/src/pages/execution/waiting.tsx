import type { ExecutionView } from '../../api/executions.ts';
import { Fact, Facts, Time } from '../../parts/basics.tsx';

type QueuePlace = NonNullable<ExecutionView['queue']>;

/** Where an execution waits, and about when it starts. */
export function Waiting({ queue }: { readonly queue: QueuePlace }) {
  const { ahead, ahead_at_least: isLeast = false, estimated_start_at: start, not_before: due, paused = false } = queue;
  return (
    <section aria-label="Queue">
      <Facts>
        {due === undefined && (
          <Fact name="Before it in the queue">
            {isLeast ? 'at least ' : ''}
            {ahead === 0 ? 'none, it is next' : ahead}
          </Fact>
        )}
        {due !== undefined && (
          <Fact name="Next attempt">
            <Time at={due} />
          </Fact>
        )}
        {start !== undefined && (
          <Fact name="Estimated start">
            <Time at={start} />
          </Fact>
        )}
      </Facts>
      <p class="small">
        {paused
          ? 'The queue is paused: nothing starts until an operator resumes it.'
          : start === undefined
            ? 'When it starts cannot be estimated yet.'
            : 'The start is an estimate: tenants take turns, and executions can take longer than the last ones did.'}
      </p>
    </section>
  );
}
