import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { watchUpcoming } from './watch-upcoming.ts';

test('upcoming: the runtime receives all steps of waiting executions, in order', async () => {
  const [step] = planOf().steps;
  if (step === undefined) throw new Error('a plan has a step');
  const steps = ['a', 'b'].map((reference) => ({ ...step, image: { reference, pull: 'missing' as const } }));
  const plan = planOf({ steps });
  const announced = await new Promise((resolve) => {
    const stop = watchUpcoming({
      queue: { upcoming: async () => [plan] },
      runtime: {
        expect(upcoming) {
          stop();
          resolve(upcoming);
        },
      },
      pool: { load: () => 1 },
      deployment: 'd',
      slots: 1,
      count: 1,
      everyMs: 1,
      logger: createSilentLogger(),
    });
  });
  const { volumes, scratch, resources, confinement } = plan;
  const network = { mode: 'none', ports: [] };
  expect(announced).toEqual([{ deployment: 'd', volumes, scratch, resources, confinement, network, steps }]);
});
