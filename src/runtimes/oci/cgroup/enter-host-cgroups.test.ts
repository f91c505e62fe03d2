import { expect, test } from 'vitest';
import { enterHostCgroups } from './enter-host-cgroups.ts';

const unified = { kind: 'v2', root: '/sys/fs/cgroup' } as const;
const first = { kind: 'v1', controllers: new Map(), mounts: [] } as const;

test.each([
  ['on v1', first, ['machine', 'own']],
  ['with the view of the machine', unified, ['machine', 'machine']],
  ['where the machine cannot be seen', unified, [undefined, 'own']],
] as const)('%s nothing has to be entered', async (_where, layout, views) => {
  expect(await enterHostCgroups(layout, 'nsenter', viewsOf(views))).toBeUndefined();
});

test('with a view of its own it enters that of the machine, where there is something to do so', async () => {
  const views = viewsOf(['machine', 'own']);
  expect(await enterHostCgroups(unified, '/bin/nsenter', views)).toEqual([
    '/bin/nsenter',
    '--cgroup=/proc/1/ns/cgroup',
    '--',
  ]);
  expect(await enterHostCgroups(unified, undefined, views)).toBeUndefined();
});

function viewsOf([machine, own]: readonly [string | undefined, string | undefined]) {
  return async (path: string): Promise<string> => {
    const view = path.startsWith('/proc/1/') ? machine : own;
    if (view === undefined) throw new Error('EACCES');
    return view;
  };
}
