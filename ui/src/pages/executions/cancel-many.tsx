import { useState } from 'preact/hooks';
import type { CancelMany as Which } from '../../../../src/wire/http/cancel-many.ts';
import { cancelMany } from '../../api/executions.ts';
import { Problem } from '../../parts/basics.tsx';
import { confirm } from '../../parts/confirm-dialog.tsx';
import { toError } from '../../parts/use-loaded.ts';
import { sinceOf } from './list-filter.ts';

/** Cancels what waits or runs of a filter, after a question that says how many that are. */
export function CancelMany({ filter }: { readonly filter: URLSearchParams }) {
  const [error, setError] = useState<Error>();
  const [isNone, setNone] = useState(false);
  // Only finished ones have a code.
  if (filter.has('code')) return null;
  const cancel = async () => {
    setError(undefined);
    try {
      const which = { filter: bodyOf(filter) };
      const { executions, more } = await cancelMany({ ...which, dry_run: true });
      setNone(executions.length === 0);
      if (executions.length === 0) return;
      const count = `${executions.length}${more ? ' or more' : ''} execution${executions.length === 1 ? '' : 's'}`;
      if (await confirm(`Cancel ${count} that match the filter and wait or run?`, 'Cancel them'))
        await cancelMany(which);
    } catch (problem) {
      setError(toError(problem));
    }
  };
  return (
    <>
      <button type="button" class="danger" onClick={() => void cancel()}>
        Cancel all …
      </button>
      <span role="status">{isNone && 'Nothing that matches waits or runs.'}</span>
      {error !== undefined && <Problem error={error} />}
    </>
  );
}

type Filter = Which['filter'];
type Open = NonNullable<Filter['state']>[number];
const openStates: readonly Open[] = ['queued', 'staging', 'running', 'collecting'];

function bodyOf(filter: URLSearchParams): Filter {
  const body: Filter = {};
  const states = openStates.filter((state) => filter.has('state', state));
  if (states.length > 0) body.state = states;
  const tags = filter.getAll('tag');
  if (tags.length > 0) body.tag = tags;
  for (const name of ['prefix', 'name', 'image', 'agent', 'tenant'] as const) {
    const value = filter.get(name);
    if (value !== null) body[name] = value;
  }
  const since = sinceOf(filter.get('last'), Date.now());
  if (since !== undefined) body.since = since;
  return body;
}
