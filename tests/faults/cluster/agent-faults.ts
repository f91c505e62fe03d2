import type { Fault } from '../fault-world.ts';
import { isLongest } from '../make-requests.ts';
import { type ClusterFaultParts, idsOf, isRunning, sleep, waitFor } from './fault-parts.ts';

const mostPauses = 5;
/** An execution that began longer ago may end before another agent has it. */
const youngMs = 4_000;

/** What becomes of agents. */
export function agentFaults({ agents, activity, leaseSeconds, askKeep }: ClusterFaultParts) {
  const kill = (name: string, most: number): Fault => ({
    name,
    kills: most,
    async strike() {
      const held = await activity.until((each) => isRunning(each) && agents.isRunning(each.agent));
      const chosen = [...new Set(held.map(({ agent }) => agent))].slice(0, most);
      await agents.kill(chosen);
      return idsOf(held.filter(({ agent }) => chosen.includes(agent)));
    },
  });

  /** @returns the executions that the agent held; none when the one that was watched ended too soon */
  const pauseOnce = async (): Promise<readonly string[]> => {
    const [chosen] = await activity.until(
      (each) =>
        isRunning(each) &&
        isLongest(each.command) &&
        agents.isRunning(each.agent) &&
        Date.now() - (each.startedAt ?? 0) < youngMs,
    );
    if (chosen === undefined) return [];
    const held = (await activity.active()).filter(({ agent }) => agent === chosen.agent);
    let refusal: string | undefined;
    await agents.pause(chosen.agent, chosen.id, async () => {
      await sleep(leaseSeconds);
      await waitFor('another agent takes the executions of a paused one over', async () => {
        const found = (await activity.active()).find(({ id }) => id === chosen.id);
        return found === undefined || found.fence > chosen.fence;
      });
      await waitFor('keep refuses the fence of the paused agent, or its execution ends', async () => {
        const isActive = (await activity.active()).some(({ id }) => id === chosen.id);
        refusal = isActive ? await askKeep(chosen).catch(() => undefined) : undefined;
        return !isActive || refusal !== undefined;
      });
    });
    return refusal !== undefined && /fence/.test(refusal) ? idsOf(held) : [];
  };

  const pause: Fault = {
    name: 'an agent paused past its lease and woken',
    kills: 0,
    async strike() {
      for (let tries = 0; tries < mostPauses; tries += 1) {
        const met = await pauseOnce();
        if (met.length > 0) return met;
      }
      return [];
    },
  };

  return {
    killOne: kill('kill -9 of an agent', 1),
    killTwo: kill('kill -9 of two agents', 2),
    pause,
  };
}
