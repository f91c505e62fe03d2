import { callJson } from '../api/call.ts';
import { Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';

interface Agents {
  readonly agents: readonly {
    readonly id: string;
    readonly host: string;
    readonly version: string;
    readonly runtime: string;
    readonly slots: number;
    readonly busy: number;
    readonly short?: string;
    readonly started_at: string;
  }[];
}

export function AgentsPage() {
  const { value, error, reload } = useLoaded('agents', () => callJson<Agents>('/v1/agents'));
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
                  <Name>{agent.id}</Name>
                </td>
                <td>
                  <Name>{agent.host}</Name>
                </td>
                <td>{agent.runtime}</td>
                <td>
                  {agent.busy} of {agent.slots}
                </td>
                <td>{agent.short === undefined ? 'yes' : <Name>{`no: ${agent.short}`}</Name>}</td>
                <td>{agent.version}</td>
                <td>
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
