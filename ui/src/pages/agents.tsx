import { listAgents } from '../api/operation.ts';
import { seesTenants } from '../api/session.ts';
import { addressOf } from '../base.ts';
import { Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';

export function AgentsPage() {
  const { value, error, reload } = useLoaded('agents', listAgents);
  useTitle('Agents');
  return (
    <>
      <div class="head">
        <h1>Agents</h1>
        <button type="button" onClick={reload}>
          Refresh
        </button>
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value?.agents.length === 0 && <p class="empty">No agent serves the queue now.</p>}
      {value !== undefined && value.agents.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">Host</th>
              <th scope="col">Runtime</th>
              <th scope="col">Running</th>
              <th scope="col">Takes work</th>
              <th scope="col">Version</th>
              <th scope="col">Started</th>
            </tr>
          </thead>
          <tbody>
            {value.agents.map((agent) => (
              <tr key={agent.id}>
                <td>
                  <a
                    data-row
                    href={addressOf(`/ui/?${new URLSearchParams({ agent: agent.id, ...ofAllTenants() })}`)}
                    title="Its executions"
                  >
                    <Name>{agent.id}</Name>
                  </a>
                </td>
                <td>
                  <Name>{agent.host}</Name>
                </td>
                <td>{agent.runtime}</td>
                <td data-label="running">
                  {agent.busy} of {agent.slots}
                </td>
                <td data-label="takes work:" class={agent.short === undefined ? '' : 'bad'}>
                  {agent.short === undefined ? 'yes' : <Name>{`no: ${agent.short}`}</Name>}
                </td>
                <td data-label="version">{agent.version}</td>
                <td data-label="started">
                  <Time at={agent.started_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** An agent runs executions of all tenants. */
function ofAllTenants(): Readonly<Record<string, string>> {
  return seesTenants() ? { tenant: '*' } : {};
}
