import { useEffect } from 'preact/hooks';
import { type Counts, countExecutions, listExecutions } from '../api/executions.ts';
import { may, seesTenants } from '../api/session.ts';
import { addressOf } from '../base.ts';
import { onStateChange } from '../live/connection.ts';
import { Badge, Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { changeQuery, executionUrl, place } from '../router.ts';
import { apiQueryOf, sinceOf } from './executions/list-filter.ts';
import { PeriodOptions } from './executions/period-options.tsx';
import { Capacity } from './overview/capacity.tsx';
import { HistoryPlot } from './overview/history-plot.tsx';

const allTenants = '*';
const parts = 48;
const shownFailures = '10';
const refreshPauseMs = 3000;

/** What ran in a period, how it ended, and what failed last. */
export function OverviewPage() {
  useTitle('Overview');
  const last = place.value.query.get('last') ?? '24h';
  const tenant = place.value.query.get('tenant') ?? undefined;
  const counts = useLoaded(`overview ${last} ${tenant}`, () =>
    countExecutions({ since: sinceOf(last, Date.now()) ?? new Date(0).toISOString(), parts, tenant }),
  );
  const failures = useLoaded(`failures ${last} ${tenant}`, async () => {
    const query = apiQueryOf(new URLSearchParams({ code: 'failed', last, ...ofTenant(tenant) }), Date.now());
    query.set('limit', shownFailures);
    return (await listExecutions(query)).executions;
  });
  const { reload } = counts;
  const { reload: reloadFailures } = failures;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onStateChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
        reloadFailures();
      }, refreshPauseMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [reload, reloadFailures]);
  return (
    <>
      <div class="head">
        <h1>Overview</h1>
        {seesTenants() && (
          <label class="check">
            <input
              type="checkbox"
              checked={tenant === allTenants}
              onChange={({ currentTarget }) => changeQuery({ tenant: currentTarget.checked ? allTenants : '' })}
            />
            all tenants
          </label>
        )}
        <label>
          <span class="hidden">Period</span>
          <select value={last} onChange={({ currentTarget }) => changeQuery({ last: currentTarget.value })}>
            <PeriodOptions />
          </select>
        </label>
      </div>
      {may('operate') && <Capacity />}
      {counts.error !== undefined && <Problem error={counts.error} onRetry={reload} />}
      {counts.value === undefined && counts.error === undefined && <Skeleton />}
      {counts.value !== undefined && (
        <>
          <Numbers counts={counts.value} last={last} tenant={tenant} />
          {Object.keys(counts.value.states).length > 0 && (
            <>
              <h2>Submitted, by outcome</h2>
              <HistoryPlot counts={counts.value} />
            </>
          )}
        </>
      )}
      <h2>Last failures</h2>
      {failures.error !== undefined && <Problem error={failures.error} onRetry={reloadFailures} />}
      {failures.value?.length === 0 && <p class="empty">Nothing failed in this period.</p>}
      {failures.value !== undefined && failures.value.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Execution</th>
              <th scope="col">Reason</th>
              <th scope="col">Image</th>
              <th scope="col">Submitted</th>
            </tr>
          </thead>
          <tbody>
            {failures.value.map((row) => (
              <tr key={row.execution_id}>
                <td>
                  <Badge state={row.state} code={row.code} />
                </td>
                <td>
                  <a data-row href={executionUrl(row.execution_id)} title={row.execution_id}>
                    <Name>{row.name ?? row.execution_id.slice(0, 8)}</Name>
                  </a>
                </td>
                <td>
                  <Name>{row.error ?? ''}</Name>
                </td>
                <td class="image">
                  <Name>{row.image}</Name>
                </td>
                <td>
                  <Time at={row.submitted_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

interface NumbersProps {
  readonly counts: Counts;
  readonly last: string;
  readonly tenant: string | undefined;
}

function ofTenant(tenant: string | undefined) {
  return tenant === undefined ? {} : { tenant };
}

function Numbers({ counts, last, tenant }: NumbersProps) {
  const number = (name: 'state' | 'code', word: string, count: number) => (
    <a
      key={word}
      class="button chip"
      href={addressOf(`/ui/?${new URLSearchParams({ [name]: word, last, ...ofTenant(tenant) })}`)}
    >
      <Badge state={name === 'state' ? word : 'finished'} code={word} /> {count}
    </a>
  );
  const { finished: _, ...open } = counts.states;
  const all = [...Object.entries(open), ...Object.entries(counts.codes)];
  if (all.length === 0) return <p class="empty">Nothing was submitted in this period.</p>;
  return (
    <p class="chips">
      {Object.entries(open).map(([state, count]) => number('state', state, count))}
      {Object.entries(counts.codes).map(([code, count]) => number('code', code, count))}
    </p>
  );
}
