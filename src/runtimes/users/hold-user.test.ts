import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import { holdUser, type UserRules } from './hold-user.ts';

const database = {
  passwd: 'root:x:0:0::/root:\napp:x:1000:1001::/:\n1000:x:0:0::/:\ntoor:x:0:0::/:\n1-5:x:0:0::/:\nwheel:x:7:0::/:\n',
  group: 'root:x:0:\napp:x:1001:\nadmin:x:0:app\nstaff:x:50:app\n',
};
const neverRoot: UserRules = { user: 'never-root' };
const denyRoot: UserRules = { user: 'any', users: { deny: ['root'] } };

function hold(rules: UserRules, asked: string | undefined, imageUser = '') {
  return holdUser({ asked, imageUser, rules, readDatabase: async () => database });
}

describe('never-root', () => {
  test.each([
    ['1000', [1000, 1001, 50]],
    ['1000:0', [1000, 65534]],
    ['', [65534, 65534]],
    ['0', [65534, 65534]],
    ['00:1', [65534, 65534]],
    ['root', [65534, 65534]],
    ['toor:50', [65534, 65534]],
    [':1000', [65534, 65534]],
    ['1-5', [65534, 65534]],
    ['app', [1000, 1001, 50]],
    ['4711', [4711, 65534]],
  ])('the user %j of an image runs as %j', async (imageUser, [uid, gid, ...additionalGids]) => {
    expect(await hold(neverRoot, undefined, imageUser)).toEqual({ uid, gid, additionalGids });
  });

  test.each([
    '0',
    ':0',
    ':5',
    '+0',
    '-0',
    '00',
    '0:0',
    '0:1000',
    'root',
    'toor',
    '1-5',
    '5:0',
    '5:+0',
    '5:admin',
    'app:root',
  ])('the user %j of a request is refused', async (asked) => {
    await expect(hold(neverRoot, asked)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      message: expect.stringMatching(/^user: .* which is root\. Name a (user|group) by a number above 0/),
    });
  });

  test('a user of a request has no group 0 that it did not name', async () => {
    expect(await hold(neverRoot, 'app')).toEqual({ uid: 1000, gid: 1001, additionalGids: [50] });
    expect(await hold(neverRoot, 'wheel')).toEqual({ uid: 7, gid: 65534, additionalGids: [] });
  });
});

describe('users and groups of the policy', () => {
  test.each([
    undefined,
    '',
    ':0',
    ':50',
    '+0',
    '00',
    '0:0',
    '0:1000',
    'root',
    'toor',
    '1-5:5',
  ])('root is denied as %j', async (asked) => {
    await expect(hold(denyRoot, asked)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  test.each(['1000', 'app', '5:0'])('%j is not root', async (asked) => {
    expect((await hold(denyRoot, asked)).uid).toBeGreaterThan(0);
  });

  test.each([
    ['a name that an image gives to root allows nothing', { users: { allow: ['toor'], deny: [] } }, 'toor'],
    ['a name denies its number', { users: { deny: ['app'] } }, '1000'],
    ['a number denies its name', { users: { deny: ['1000'] } }, 'app'],
    ['a range allows no other number', { users: { allow: ['1000-1999'], deny: [] } }, '2000'],
    ['a group is judged by its number', { groups: { deny: ['root'] } }, '5:admin'],
    ['a group that a user has without naming it', { groups: { deny: ['root'] } }, '4711'],
    ['a supplementary group', { groups: { deny: ['staff'] } }, 'app'],
  ])('%s', async (_, lists, asked) => {
    await expect(hold({ user: 'any', ...lists }, asked)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      message: expect.stringContaining(`user: "${asked}"`),
    });
  });

  test('what is allowed runs', async () => {
    const rules: UserRules = {
      user: 'any',
      users: { allow: ['app', 'root'], deny: [] },
      groups: { allow: ['0-1001'], deny: [] },
    };
    expect(await hold(rules, 'app')).toEqual({ uid: 1000, gid: 1001, additionalGids: [0, 50] });
    expect((await hold(rules, undefined)).uid).toBe(0);
    expect((await hold(rules, '', 'app')).uid).toBe(1000);
  });

  test('the files of an image are not read for numbers', async () => {
    const readDatabase = () => Promise.reject(new Error('nobody asked for it'));
    expect(await holdUser({ asked: '5:6', imageUser: '', rules: denyRoot, readDatabase })).toMatchObject({ uid: 5 });
    expect(await holdUser({ asked: undefined, imageUser: '', rules: neverRoot, readDatabase })).toMatchObject({
      uid: 65534,
    });
  });
});

test('holdUser: for any request and image, never-root gives no id 0 and a denied root does not run as root', async () => {
  const part = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom('0', '+0', '-0', '00', 'root', 'toor', 'app', '1-5', ''),
  );
  const user = fc.oneof(
    part,
    fc.tuple(part, part).map((both) => both.join(':')),
  );
  await fc.assert(
    fc.asyncProperty(fc.option(user, { nil: undefined }), user, async (asked, imageUser) => {
      for (const rules of [neverRoot, denyRoot]) {
        try {
          const { uid, gid, additionalGids } = await hold(rules, asked, imageUser);
          expect(uid).not.toBe(0);
          if (rules === neverRoot) expect([gid, ...additionalGids]).not.toContain(0);
        } catch (error) {
          if (!(error instanceof ExecError)) throw error;
          expect(['POLICY_DENIED', 'START_FAILED']).toContain(error.code);
        }
      }
    }),
  );
});
