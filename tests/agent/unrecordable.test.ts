import { expect, test } from 'vitest';
import type { CollectedFile } from '../../src/wire/record/record.ts';
import { describeWith } from '../parts/require-part.ts';
import { openDeployment, shell } from './open-test-agent.ts';
import { scriptedParts } from './scripted-parts.ts';

describeWith('redis', 'an outcome that cannot be recorded', () => {
  test('INTERNAL: is the response, once, when the result cannot be rendered', async () => {
    const file = { name: 'a', path: '/a', size: 1, encoding: 'utf8', truncated: false } as const;
    const unreadable: CollectedFile = Object.defineProperty({ ...file }, 'content', {
      enumerable: true,
      get: () => {
        throw new Error('nobody can read this');
      },
    });
    const partsOf = scriptedParts({ collected: { files: [unreadable] } });
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
