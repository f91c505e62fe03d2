import { expect, test, vi } from 'vitest';
import { planOf } from '../../tests/executions/example-plan.ts';
import type { ExecutionRecord } from '../wire/record/record.ts';
import { checkObjects } from './check-objects.ts';

const own = '00000000-0000-4000-8000-000000000001';
const second = '00000000-0000-4000-8000-000000000002';
const foreign = '00000000-0000-4000-8000-000000000003';

function check(names: readonly string[]) {
  const record: ExecutionRecord = { version: 1, plan: planOf(), submittedAt: 0, state: 'queued' };
  const find = vi.fn(async (_tenant: string, id: string) => (id === foreign ? undefined : record));
  const plan = planOf({
    tenant: 'a-team',
    inputs: names.map((name, at) => ({ kind: 'object', origin: `inputs[${at}]`, path: `/in/${at}`, name })),
  });
  const checked = checkObjects(plan, { queue: { find }, store: { defaultBucket: 'b' }, sharedObjects: ['shared/'] });
  return { checked, find };
}

const filesOf = (id: string) => Array.from({ length: 100 }, (_, at) => `executions/${id}/output/${at}`);

test('inputs: the record of an execution is read once, however many of its files are inputs', async () => {
  const { checked, find } = check([
    ...filesOf(own),
    ...filesOf(second),
    ...filesOf(own),
    'shared/x',
    'inputs/a-team/y',
  ]);
  await checked;
  expect(find.mock.calls).toEqual([
    ['a-team', own],
    ['a-team', second],
  ]);
});

test('inputs: files of an execution of another tenant are refused, also after those of an own one', async () => {
  const { checked } = check([...filesOf(own), ...filesOf(foreign)]);
  await expect(checked).rejects.toMatchObject({
    code: 'POLICY_DENIED',
    message: expect.stringContaining('inputs[100]: the tenant a-team may not read'),
  });
});
