import { type AuditList, listAudit } from '../api/operation.ts';
import { Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { changeQuery, executionUrl, place } from '../router.ts';

const mostEntries = 1000;
const ofExecution = /^\/v1\/executions\/([0-9a-f-]{36})/;

/** Who did what, newest first. */
export function AuditPage() {
  useTitle('Audit log');
  const { value, error, reload } = useLoaded('audit', () => listAudit(mostEntries));
  const search = place.value.query.get('q') ?? '';
  const entries = value?.entries.filter((entry) => matches(entry, search)) ?? [];
  return (
    <>
      <div class="head">
        <h1>Audit log</h1>
        <button type="button" onClick={reload}>
          Refresh
        </button>
      </div>
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <label>
            Entries that contain
            <input
              type="search"
              data-key="/"
              value={search}
              placeholder="tenant, token, action, address"
              onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
            />
          </label>
        </form>
      </search>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value !== undefined && entries.length === 0 && (
        <p class="empty">{search === '' ? 'Nothing was done yet.' : 'No entry contains that.'}</p>
      )}
      {entries.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Action</th>
              <th scope="col">Result</th>
              <th scope="col">Tenant</th>
              <th scope="col">By</th>
              <th scope="col">From</th>
              <th scope="col">Target</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, index) => (
              <tr key={`${entry.at} ${index}`}>
                <td>
                  <Time at={entry.at} />
                </td>
                <td>{entry.action}</td>
                <td data-label="result" class={/^[45]/.test(entry.result) ? 'bad' : ''}>
                  {entry.result}
                </td>
                <td data-label="tenant">
                  <Name>{entry.tenant}</Name>
                </td>
                <td data-label="by">
                  <Name>{entry.actor}</Name>
                </td>
                <td data-label="from">{entry.from}</td>
                <td>
                  <Target target={entry.target} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Target({ target }: { readonly target: string }) {
  const id = ofExecution.exec(target)?.[1];
  if (id === undefined) return <Name>{target}</Name>;
  return (
    <a data-row href={executionUrl(id)} title={target}>
      <Name>{id.slice(0, 8)}</Name>
    </a>
  );
}

function matches(entry: AuditList['entries'][number], search: string): boolean {
  const wanted = search.toLowerCase();
  return [entry.action, entry.result, entry.tenant, entry.actor, entry.from, entry.target].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}
