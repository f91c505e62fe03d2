import { expect, test } from 'vitest';
import { openDeployment, shell } from './agent/open-test-agent.ts';
import { scriptedParts } from './agent/scripted-parts.ts';
import { describeWith } from './parts/require-part.ts';

describeWith('redis', 'an outcome that cannot be recorded', () => {
  test('INTERNAL: is the response, once, when the result cannot be rendered', async () => {
    const partsOf = scriptedParts({ collected: { graph: '{"nodes":[' } });
    const deployment = await openDeployment({}, {}, { partsOf });
    try {
      await deployment.open();
      const response = await deployment.run(shell('true', { output: { graph_update: true } }));
      expect(response).toMatchObject({ success: false, error_code: 'INTERNAL' });
      expect(response.error).toContain('could not be recorded');
      const next = await deployment.run(shell('true', { output: { graph_update: true } }));
      expect(next.execution_id).not.toBe(response.execution_id);
    } finally {
      await deployment.close();
    }
  });
});
