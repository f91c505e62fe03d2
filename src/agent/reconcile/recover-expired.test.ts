import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { recoverExpired } from './recover-expired.ts';

const expiredExecution = fc.record({
  agent: fc.constantFrom('this', 'other'),
  isWorkedOn: fc.boolean(),
});

test('lease: an agent takes over what has expired, but for what it works on itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(expiredExecution, { maxLength: 12 }), async (all) => {
      const expired = all.map(({ agent }, index) => {
        const attempt = { number: 1, fence: 1, agent, home: 'here' };
        return { plan: { ...planOf(), id: String(index) }, attempt };
      });
      const recovered: string[] = [];
      await recoverExpired(expired, {
        agent: 'this',
        worksOn: (id) => all[Number(id)]?.isWorkedOn === true,
        recover: async ({ plan }) => void recovered.push(plan.id),
      });
      const isOwn = ({ agent, isWorkedOn }: (typeof all)[number]) => agent === 'this' && isWorkedOn;
      expect(recovered).toEqual(all.flatMap((each, index) => (isOwn(each) ? [] : [String(index)])));
    }),
  );
});
