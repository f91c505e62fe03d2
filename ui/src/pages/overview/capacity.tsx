import { getQueue, listAgents } from '../../api/operation.ts';
import { addressOf } from '../../base.ts';
import { Fact, Facts, Name, Problem } from '../../parts/basics.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { useRefresh } from '../../parts/use-refresh.ts';

const refreshMs = 5000;

/** What the agents of all tenants do now, and which of them take no work. */
export function Capacity() {
  const { value, error, reload } = useLoaded('capacity', async () => {
    const [queue, { agents }] = await Promise.all([getQueue(), listAgents()]);
    return { queue, agents };
  });
  useRefresh(reload, refreshMs);
  if (error !== undefined && value === undefined) return <Problem error={error} onRetry={reload} />;
  if (value === undefined) return null;
  const { queue, agents } = value;
  const sumOf = (name: 'busy' | 'slots') => agents.reduce((sum, agent) => sum + agent[name], 0);
  const short = agents.filter((agent) => agent.short !== undefined);
  return (
    <section aria-label="Now">
      <Facts>
        <Fact name="Agents">
          <a href={addressOf('/ui/agents')}>{agents.length}</a>
        </Fact>
        <Fact name="Slots in use">
          {sumOf('busy')} of {sumOf('slots')}
        </Fact>
        <Fact name="Waiting">
          <a href={addressOf('/ui/queue')}>{queue.waiting + queue.delayed}</a>
          {queue.paused && <strong class="waiting"> paused</strong>}
        </Fact>
        {queue.unplaced !== undefined && queue.unplaced > 0 && (
          <Fact name="Waiting for other labels">{queue.unplaced}</Fact>
        )}
      </Facts>
      {short.length > 0 && (
        <ul class="trouble">
          {short.map((agent) => (
            <li key={agent.id}>
              <Name>{agent.id}</Name> takes no work: <Name>{agent.short ?? ''}</Name>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
