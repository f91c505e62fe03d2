import { afterAll, beforeAll, describe } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { clientCases, grantedCases } from './granted.cases.ts';
import { manyCallsCases } from './many-calls.cases.ts';
import { openNetworkCases } from './open-network.cases.ts';
import { openServiceBench, type ServiceBench } from './open-service-bench.ts';
import { portCases } from './port.cases.ts';
import { refusedCases } from './refused.cases.ts';
import { startContainedAgent } from './start-contained-agent.ts';

describeWith(['redis', 'docker', 'oci', 'debian-image'], 'services', () => {
  describe.each(['docker', 'oci'] as const)('of containers on %s', (runtime) => {
    let bench: ServiceBench;
    beforeAll(async () => {
      bench = await openServiceBench({ runtime });
    });
    afterAll(() => bench.close());

    grantedCases(() => bench);
    // Python's libraries send the same on every runtime.
    if (runtime === 'docker') clientCases(() => bench);
    refusedCases(() => bench);
    portCases(() => bench);
    manyCallsCases(() => bench, runtime);
    openNetworkCases(runtime);
  });

  describe.each([
    'docker',
    'oci',
  ] as const)('of containers on %s, by an agent in a container as composed', (runtime) => {
    let bench: ServiceBench;
    beforeAll(async () => {
      bench = await openServiceBench({ runtime }, { agent: (config) => startContainedAgent(runtime, config) });
    });
    afterAll(() => bench.close());

    grantedCases(() => bench);
    refusedCases(() => bench);
    portCases(() => bench);
  });
});
