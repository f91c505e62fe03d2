import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { watchUpcoming } from './watch-upcoming.ts';

function announce(plan: ReturnType<typeof planOf>) {
  return new Promise((resolve) => {
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
}

test('upcoming: the runtime receives all steps of waiting executions, in order', async () => {
  const [step] = planOf().steps;
  if (step === undefined) throw new Error('a plan has a step');
  const steps = ['a', 'b'].map((reference) => ({ ...step, image: { reference, pull: 'missing' as const } }));
  const plan = planOf({ steps });
  const announced = await announce(plan);
  const { volumes, scratch, resources, confinement } = plan;
  const needs = { network: 'none', secretFiles: false };
  expect(announced).toEqual([{ deployment: 'd', volumes, scratch, resources, confinement, needs, steps }]);
});

test('upcoming: what a container needs from its beginning is said with it', async () => {
  const { network } = planOf();
  const served = planOf({ network: { ...network, services: ['ai'] }, secrets: [{ name: 'KEY', as: 'file' }] });
  expect(await announce(served)).toMatchObject([{ needs: { network: 'own', secretFiles: true } }]);
  const forwarded = planOf({ network: { ...network, ports: [{ container: 80, host: 8080 }] } });
  expect(await announce(forwarded)).toMatchObject([{ needs: { network: 'own', secretFiles: false } }]);
  const open = planOf({ network: { ...network, mode: 'open' }, secrets: [{ name: 'KEY', as: 'variable' }] });
  expect(await announce(open)).toMatchObject([{ needs: { network: 'open', secretFiles: false } }]);
});
