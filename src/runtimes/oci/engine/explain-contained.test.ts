import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explainContained } from './explain-contained.ts';

test('contained agent: the message lists what its container needs; an agent on the host gets none', async () => {
  expect(await explainContained(['/nonexistent', fileURLToPath(import.meta.url)])).toMatch(
    /^ The agent is itself in a container: .*seccomp=unconfined.*compose\.oci\.yaml/,
  );
  expect(await explainContained(['/nonexistent'])).toBe('');
});
