import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explainContained } from './explain-contained.ts';

test('an agent in a container is told what the container has to be given, any other is told nothing', async () => {
  expect(await explainContained(['/nonexistent', fileURLToPath(import.meta.url)])).toMatch(
    /^ The agent is itself in a container: .*seccomp=unconfined.*compose\.oci\.yaml/,
  );
  expect(await explainContained(['/nonexistent'])).toBe('');
});
