import { useEffect, useRef, useState } from 'preact/hooks';
import { type ExecutionEvent, type ExecutionSummary, listExecutions } from '../api/executions.ts';
import { may, session } from '../api/session.ts';
import { addressOf } from '../base.ts';
import { offline, onStateChange } from '../live/connection.ts';
import { Badge, Name, Problem, Skeleton, Time, useNow, useTitle } from '../parts/basics.tsx';
import { formatDuration } from '../parts/format.ts';
import { memo } from '../parts/memo.ts';
import { SpacerRow } from '../parts/spacer.tsx';
import { toError } from '../parts/use-loaded.ts';
import { executionUrl, place } from '../router.ts';
import { CancelMany } from './executions/cancel-many.tsx';
import { Filters } from './executions/filters.tsx';
import { apiQueryOf, readFilter } from './executions/list-filter.ts';
import { useRowsInView } from './executions/rows-in-view.ts';

const firstPageSize = '100';
const nextPageSize = '500';
const refreshPauseMs = 500;
const allTenants = '*';

/** Executions, newest first, as they change. */
export function ExecutionsPage() {
  const { query } = place.value;
  const filter = readFilter(query);
  const key = filter.toString();
  const list = useExecutions(key);
  useTitle('Executions');
  return (
    <>
      <div class="head">
        <h1>Executions</h1>
        <div class="buttons">
          {key !== '' && may('submit') && <CancelMany key={key} filter={filter} />}
          {may('submit') && (
            <a class="button primary" href={addressOf('/ui/new')}>
              New execution
            </a>
          )}
        </div>
      </div>
      <Filters key={key} filter={filter} />
      {list.error !== undefined && <Problem error={list.error} onRetry={list.reload} />}
      {list.rows === undefined && list.error === undefined && <Skeleton />}
      {list.rows?.length === 0 && <Nothing isFiltered={key !== ''} isWhole={list.more === undefined} />}
      {list.rows !== undefined && list.rows.length > 0 && (
        <Rows
          rows={list.rows}
          withTenants={filter.get('tenant') === allTenants}
          isWhole={list.more === undefined}
          onNearEnd={() => list.more?.()}
        />
      )}
      {list.more !== undefined && (
        <button type="button" class="more" onClick={list.more}>
          Show more
        </button>
      )}
    </>
  );
}

function Nothing({ isFiltered, isWhole }: { readonly isFiltered: boolean; readonly isWhole: boolean }) {
  if (!isWhole)
    return (
      <div class="empty">
        <p>Nothing was found among the newest executions. Show more to search older ones.</p>
      </div>
    );
  if (isFiltered)
    return (
      <div class="empty">
        <p>No execution matches the filter.</p>
        <a class="button" href={addressOf('/ui/')}>
          Clear the filter
        </a>
      </div>
    );
  return (
    <div class="empty">
      <p>There are no executions yet. Send one:</p>
      <pre>exec-agent run alpine -- echo hello</pre>
      <pre>{`curl ${location.origin}${addressOf('/v1/executions')} -H 'content-type: application/json' \\\n  -d '{"container": {"image": "alpine", "command": ["echo", "hello"]}}'`}</pre>
      <a class="button primary" href={addressOf('/ui/new')}>
        New execution
      </a>
    </div>
  );
}

interface RowsProps {
  readonly rows: readonly ExecutionSummary[];
  readonly withTenants: boolean;
  /** There are no older ones. */
  readonly isWhole: boolean;
  readonly onNearEnd: () => void;
}

/** Only the rows in view are elements. */
function Rows({ rows, withTenants, isWhole, onNearEnd }: RowsProps) {
  const columns = withTenants ? 7 : 6;
  const { first, last, above, below, body } = useRowsInView(rows.length, onNearEnd);
  return (
    <table
      class={`rows long${withTenants ? ' with-tenants' : ''}${offline.value === undefined ? '' : ' stale'}`}
      aria-rowcount={isWhole ? rows.length + 1 : -1}
    >
      <thead>
        <tr>
          <th scope="col" class="state">
            State
          </th>
          <th scope="col" class="execution">
            Execution
          </th>
          {withTenants && <th scope="col">Tenant</th>}
          <th scope="col">Image</th>
          <th scope="col">Tags</th>
          <th scope="col" class="time">
            Submitted
          </th>
          <th scope="col" class="time">
            Duration
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <SpacerRow height={above} columns={columns} />
        {rows.slice(first, last).map((row, index) => (
          <Row key={row.execution_id} row={row} index={first + index + 2} withTenants={withTenants} />
        ))}
        <SpacerRow height={below} columns={columns} />
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly row: ExecutionSummary;
  readonly index: number;
  readonly withTenants: boolean;
}

/** A list that is scrolled draws all rows in view again and again, of which few have changed. */
const Row = memo(({ row, index, withTenants }: RowProps) => (
  <tr aria-rowindex={index}>
    <td>
      <Badge state={row.state} code={row.code} />
    </td>
    <td class="execution">
      <div class="one-line">
        <a data-row href={executionUrl(row.execution_id)} title={row.execution_id}>
          {row.name === undefined ? <code>{row.execution_id.slice(0, 8)}</code> : <Name>{row.name}</Name>}
        </a>
        <Reason row={row} />
      </div>
    </td>
    {withTenants && (
      <td class="tenant">
        <Name>{row.tenant ?? ''}</Name>
      </td>
    )}
    <td class="image">
      <Name>{row.image}</Name>
    </td>
    <td class="tags">
      {Object.entries(row.tags).map(([tag, value]) => (
        <span class="tag" key={tag}>
          <Name>{`${tag}=${value}`}</Name>
        </span>
      ))}
    </td>
    <td>
      <Time at={row.submitted_at} />
    </td>
    <td>
      <Duration row={row} />
    </td>
  </tr>
));

/** Why it failed, or what it waits for. */
function Reason({ row: { error, waits_for: labels } }: { readonly row: ExecutionSummary }) {
  const text = error ?? (labels === undefined ? undefined : `waits for an agent with ${labels}`);
  if (text === undefined) return null;
  return (
    <span class="reason" title={text}>
      <Name>{text}</Name>
    </span>
  );
}

function Duration({ row }: { readonly row: ExecutionSummary }) {
  const now = useNow();
  const end = row.finished_at === undefined ? now : Date.parse(row.finished_at);
  return <>{formatDuration(end - Date.parse(row.submitted_at))}</>;
}

interface ExecutionList {
  readonly rows: readonly ExecutionSummary[] | undefined;
  readonly error: Error | undefined;
  readonly reload: () => void;
  /** Reads the next page; absent on the last one. */
  readonly more: (() => void) | undefined;
}

/** @param key the filter as a query; the list begins anew when it changes */
function useExecutions(key: string): ExecutionList {
  const [rows, setRows] = useState<readonly ExecutionSummary[]>();
  const [next, setNext] = useState<string>();
  const [error, setError] = useState<Error>();
  const known = useRef(new Set<string>());
  const isReading = useRef(false);
  useEffect(() => {
    known.current = new Set(rows?.map((row) => row.execution_id));
  }, [rows]);

  const read = async (cursor: string | undefined, signal?: AbortSignal) => {
    const query = apiQueryOf(new URLSearchParams(key), Date.now());
    query.set('limit', cursor === undefined ? firstPageSize : nextPageSize);
    if (cursor !== undefined) query.set('cursor', cursor);
    try {
      const page = await listExecutions(query, signal);
      setError(undefined);
      setRows((before) => merge(before ?? [], page.executions, cursor !== undefined));
      setNext((before) => (cursor === undefined && known.current.size > page.executions.length ? before : page.next));
    } catch (failure) {
      if (signal?.aborted !== true) setError(toError(failure));
    }
  };

  useEffect(() => {
    const leaving = new AbortController();
    setRows(undefined);
    setNext(undefined);
    known.current = new Set();
    void read(undefined, leaving.signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refreshSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void read(undefined, leaving.signal);
      }, refreshPauseMs);
    };
    const tenant = new URLSearchParams(key).get('tenant') ?? session.value?.tenant;
    const stop = onStateChange((event) => {
      if (event !== 'missed' && tenant !== allTenants && event.tenant !== tenant) return;
      if (event !== 'missed' && known.current.has(event.execution_id)) setRows((before) => patch(before, event));
      // New ones, and what a filter now takes in or leaves out.
      if (event === 'missed' || !known.current.has(event.execution_id) || event.state === 'finished') refreshSoon();
    });
    return () => {
      leaving.abort();
      clearTimeout(timer);
      stop();
    };
  }, [key]);

  return {
    rows,
    error,
    reload: () => void read(undefined),
    more:
      next === undefined
        ? undefined
        : () => {
            if (isReading.current) return;
            isReading.current = true;
            void read(next).finally(() => {
              isReading.current = false;
            });
          },
  };
}

/** A page that was read again goes over what was there; an older one comes behind. */
function merge(before: readonly ExecutionSummary[], page: readonly ExecutionSummary[], isOlder: boolean) {
  const ids = new Set(page.map((row) => row.execution_id));
  if (isOlder) return [...before.filter((row) => !ids.has(row.execution_id)), ...page];
  const oldest = page.at(-1)?.submitted_at ?? '';
  return [...page, ...before.filter((row) => !ids.has(row.execution_id) && row.submitted_at < oldest)];
}

function patch(rows: readonly ExecutionSummary[] | undefined, { execution_id, state, code, at }: ExecutionEvent) {
  return rows?.map((row) =>
    row.execution_id === execution_id
      ? {
          ...row,
          state,
          ...(code === undefined ? {} : { code }),
          ...(state === 'finished' ? { finished_at: new Date(at).toISOString() } : {}),
        }
      : row,
  );
}
