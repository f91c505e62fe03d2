import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { recoverPredecessors } from './recover-predecessors.ts';

const heldExecution = fc.record({
  state: fc.constantFrom('staging' as const, 'running' as const),
  isPredecessors: fc.boolean(),
});

test('recovery: executions with a container are taken over before anything is removed, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(heldExecution, { maxLength: 12 }), async (all) => {
      const held = all.map((each, index) => ({ ...each, plan: { ...planOf(), id: String(index) } }));
      const calls: string[] = [];
      await recoverPredecessors(held, {
        isPredecessors: async ({ isPredecessors }) => isPredecessors,
        sweep: async ({ plan }) => void calls.push(`sweep ${plan.id}`),
        recover: async ({ plan }) => void calls.push(`recover ${plan.id}`),
      });
      const own = held.filter(({ isPredecessors }) => isPredecessors);
      const idsIn = (state: string) => own.filter((each) => each.state === state).map(({ plan }) => plan.id);
      expect(calls).toEqual([
        ...idsIn('running').map((id) => `recover ${id}`),
        ...idsIn('staging').flatMap((id) => [`sweep ${id}`, `recover ${id}`]),
      ]);
    }),
  );
});
