import { useState } from 'preact/hooks';
import { changeQueue, getQueue } from '../api/operation.ts';
import { addressOf } from '../base.ts';
import { Fact, Facts, Problem, Skeleton, useTitle } from '../parts/basics.tsx';
import { toError, useLoaded } from '../parts/use-loaded.ts';
import { useRefresh } from '../parts/use-refresh.ts';

const refreshMs = 3000;

/** How much waits, and whether anything is taken from it. */
export function QueuePage() {
  useTitle('Queue');
  const { value, error, reload } = useLoaded('queue', getQueue);
  const [failure, setFailure] = useState<Error>();
  // What other tenants do sends no event here.
  useRefresh(reload, refreshMs);
  const change = async (how: 'pause' | 'resume') => {
    setFailure(undefined);
    try {
      await changeQueue(how);
    } catch (problem) {
      setFailure(toError(problem));
    }
    reload();
  };
  return (
    <>
      <div class="head">
        <h1>Queue</h1>
        {value !== undefined && (
          <button type="button" onClick={() => void change(value.paused ? 'resume' : 'pause')}>
            {value.paused ? 'Resume' : 'Pause'}
          </button>
        )}
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {failure !== undefined && <Problem error={failure} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value !== undefined && (
        <>
          <p role="status">
            {value.paused
              ? 'The queue is paused: requests are accepted and wait. Running executions continue.'
              : 'Agents take requests from the queue.'}
          </p>
          <Facts>
            <Fact name="Waiting">{value.waiting}</Fact>
            <Fact name="Waiting for the next attempt">{value.delayed}</Fact>
            {value.unplaced !== undefined && value.unplaced > 0 && (
              <Fact name="Waiting for other labels">{value.unplaced}</Fact>
            )}
            <Fact name="Running on agents">{value.held}</Fact>
          </Facts>
          <p>
            <a href={addressOf('/ui/?state=queued')}>Queued executions</a>
          </p>
        </>
      )}
    </>
  );
}
