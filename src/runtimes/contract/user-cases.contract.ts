import { expect } from 'vitest';
import type { Confinement } from '../../wire/plan/plan.ts';
import { type Check, failureOf, type RuntimeBench, run } from './bench.contract.ts';

const denyRoot: Partial<Confinement> = { users: { deny: ['root'] } };
const strict: Partial<Confinement> = { preset: 'strict', user: 'never-root', capabilities: [] };
// Everyone may run: it only makes the driver find out who that is.
const judged: Partial<Confinement> = { groups: { deny: ['4999'] } };

function usersImage(bench: RuntimeBench): Promise<string> {
  return bench.images.make({
    name: 'users',
    config: { User: 'app' },
    files: {
      'etc/passwd':
        'root:x:0:0::/root:/bin/sh\n1000:x:0:0::/:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\ntoor:x:0:0::/:/bin/sh\n',
      'etc/group': 'root:x:0:\n1000:x:0:\napp:x:1001:\nstaff:x:50:app\nadmin:x:0:app\n',
    },
  });
}

/** Who a container really runs as. */
export function userCases(check: Check): void {
  const idsOf = async (bench: RuntimeBench, reference: string, user: string | undefined, confinement = {}) => {
    const script = "grep -E '^(Uid|Gid|Groups)' /proc/self/status; echo $HOME";
    const { stdout } = await run(bench, {
      reference,
      script,
      ...(user !== undefined && { user }),
      box: { confinement },
    });
    return stdout
      .replaceAll(/[ \t]+/g, ' ')
      .trim()
      .split('\n');
  };

  check('user: a number is that id, also when the image has a user of that name', async (bench) => {
    const reference = await usersImage(bench);
    expect((await idsOf(bench, reference, '1000')).slice(0, 2)).toEqual([
      'Uid: 1000 1000 1000 1000',
      'Gid: 1001 1001 1001 1001',
    ]);
    expect((await idsOf(bench, reference, '1000:1000'))[1]).toBe('Gid: 1000 1000 1000 1000');
  });

  check('user: a policy that has to know it finds the same user as the engine', async (bench) => {
    const reference = await usersImage(bench);
    const users = [undefined, 'app', '1000', '+1000', 'app:staff', 'app:', '4711', '4711:50', '', ':50', 'toor'];
    const idsOfAll = (confinement: Partial<Confinement>) =>
      Promise.all(users.map(async (user) => [user, await idsOf(bench, reference, user, confinement)]));
    const [found, expected] = await Promise.all([idsOfAll(judged), idsOfAll({})]);
    expect(found).toEqual(expected);
  });

  check('user: one that a policy denies is refused however it is written', async (bench) => {
    const reference = await usersImage(bench);
    for (const user of [':0', ':50', '0', '+0', '-0', '00', '0:0', '0:1001', 'root', 'toor', 'toor:app'])
      expect(await refusal(bench, reference, user, denyRoot)).toContain(`user: "${user}" has the user 0`);
    for (const user of [undefined, ''])
      expect(await refusal(bench, bench.images.shell, user, denyRoot)).toContain('has the user 0');
    expect(await refusal(bench, reference, 'app', { groups: { deny: ['root'] } })).toContain('has the group 0');
  });

  check('user: where root is not allowed neither user nor group is 0', async (bench) => {
    const reference = await usersImage(bench);
    const app = ['Uid: 1000 1000 1000 1000', 'Gid: 1001 1001 1001 1001'];
    for (const user of [undefined, 'app', '1000']) {
      const [uid, gid, groups] = await idsOf(bench, reference, user, strict);
      expect([uid, gid]).toEqual(app);
      expect(groups?.split(' ')).not.toContain('0');
      expect(groups?.split(' ')).toContain('50');
    }
    const nobody = await idsOf(bench, bench.images.shell, undefined, strict);
    expect(nobody.slice(0, 2)).toEqual(['Uid: 65534 65534 65534 65534', 'Gid: 65534 65534 65534 65534']);
    expect((await idsOf(bench, reference, '4711', strict))[1]).toBe('Gid: 65534 65534 65534 65534');
    for (const user of [':0', '+0', '00', '0:0', 'toor', '5:0', '5:admin'])
      expect(await refusal(bench, reference, user, strict)).toContain('which is root');
  });
}

async function refusal(
  bench: RuntimeBench,
  reference: string,
  user: string | undefined,
  confinement: Partial<Confinement>,
): Promise<string> {
  const options = { reference, command: ['true'], ...(user !== undefined && { user }), box: { confinement } };
  const { code, message } = await failureOf(run(bench, options));
  expect(code).toBe('POLICY_DENIED');
  return message;
}
