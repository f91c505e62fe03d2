import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExecutionSummary, ListFilter, ListPage } from '../../queue/execution-queue.ts';
import { listTasks } from './list-tasks.ts';

const states = ['queued', 'staging', 'running', 'collecting', 'finished'] as const;

function summaryOf(index: number, state: (typeof states)[number], name: string): ExecutionSummary {
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const tags = name === 'a' ? { tag: 'x' } : {};
  return { id, correlationId: null, tenant: 'default', state, name, image: 'x', tags, submittedAt: index, code: 'OK' };
}

/** Pages as the queue makes them: of any of the states, with all of the tags, newest first. */
function queueOf(all: readonly ExecutionSummary[]) {
  return {
    async list({ states, tags = [] }: ListFilter, { limit, cursor }: ListPage) {
      const found = all.filter(
        (each) =>
          (states === undefined || states.includes(each.state)) &&
          tags.every(({ key, value }) => each.tags[key] === value),
      );
      const from = cursor === undefined ? 0 : found.findIndex(({ id }) => cursor.endsWith(id)) + 1;
      const executions = found.slice(from, from + limit);
      const last = executions.at(-1);
      const more = from + limit < found.length;
      return { executions, ...(more && last !== undefined ? { next: `${last.submittedAt}-${last.id}` } : {}) };
    },
  };
}

test('pages of any size: have every task that matches once, newest first', async () => {
  const entry = fc.tuple(fc.constantFrom(...states), fc.constantFrom('a', 'ab', 'b'));
  const filters = fc.record({
    namePrefix: fc.constantFrom(undefined, 'a', 'ab'),
    state: fc.constantFrom(undefined, 'RUNNING' as const, 'COMPLETE' as const, 'QUEUED' as const),
    tags: fc.constantFrom([], [['tag', 'x'] as const], [['tag', ''] as const]),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 30 }),
      filters,
      fc.integer({ min: 1, max: 7 }),
      async (made, asked, size) => {
        const all = made.map(([state, name], index) => summaryOf(index, state, name)).toReversed();
        const filter = { tenant: 'default', ...asked };
        const whole = (await listTasks(queueOf(all), filter, { size: 2000 })).tasks;
        const seen: ExecutionSummary[] = [];
        let token: string | undefined;
        do {
          const { tasks, next } = await listTasks(queueOf(all), filter, { size, token });
          expect(tasks.length).toBeLessThanOrEqual(size);
          seen.push(...tasks);
          token = next;
        } while (token !== undefined);
        expect(seen).toEqual(whole);
        const { namePrefix = '' } = asked;
        for (const { name = '', tags } of whole) {
          expect(name.startsWith(namePrefix)).toBe(true);
          if (asked.tags.length > 0) expect(tags).toEqual({ tag: 'x' });
        }
      },
    ),
  );
});
