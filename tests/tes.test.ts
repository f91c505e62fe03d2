import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from './parts/require-part.ts';
import { openTesBench, shellTask, type TesBench } from './tes/tes-bench.ts';

describeWith('docker', 'TES', () => {
  let bench: TesBench;
  beforeAll(async () => {
    bench = await openTesBench();
  });
  afterAll(() => bench?.close());

  test('a task runs and is seen in three views', async () => {
    const task = shellTask('cat /data/in.txt; echo err >&2; exit 0', {
      name: 'greet',
      description: 'says hello',
      inputs: [{ path: '/data/in.txt', content: 'hello\n' }],
      tags: { kind: 'test', empty: null },
    });
    const id = await bench.create(task);
    const full = await bench.wait(id);
    expect(full).toMatchObject({
      id,
      state: 'COMPLETE',
      name: 'greet',
      description: 'says hello',
      inputs: [{ path: '/data/in.txt', content: 'hello\n' }],
      tags: { kind: 'test', empty: '' },
      logs: [{ logs: [{ exit_code: 0, stdout: 'hello\n', stderr: 'err\n' }], outputs: [] }],
    });
    const basic = await bench.get(id, 'BASIC');
    expect(basic.inputs).toEqual([{ path: '/data/in.txt' }]);
    expect(basic.logs?.[0]?.logs[0]).not.toHaveProperty('stdout');
    expect(await bench.get(id, 'MINIMAL')).toEqual({ id, state: 'COMPLETE' });
  });
});
