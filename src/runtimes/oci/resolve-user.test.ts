import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveUser } from './resolve-user.ts';

const database = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\n# a comment\napp:x:1000:1001::/home/app:/bin/sh\n7:x:70:71::/seven:\nbroken\n',
  group: 'root:x:0:\nstaff:x:50:app,other\napp:x:1001:app\naudio:x:29:app\n',
};
const none = { passwd: '', group: '' };

describe('the user of a container', () => {
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
    ['root', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
    ['app', { uid: 1000, gid: 1001, additionalGids: [50, 29], home: '/home/app' }],
    ['1000', { uid: 1000, gid: 1001, additionalGids: [50, 29], home: '/home/app' }],
    ['app:staff', { uid: 1000, gid: 50, additionalGids: [], home: '/home/app' }],
    ['app:4711', { uid: 1000, gid: 4711, additionalGids: [], home: '/home/app' }],
    ['4711', { uid: 4711, gid: 0, additionalGids: [], home: '/' }],
    ['4711:50', { uid: 4711, gid: 50, additionalGids: [], home: '/' }],
    [':50', { uid: 0, gid: 50, additionalGids: [], home: '/root' }],
  ])('%j is found as Docker finds it', (wanted, user) => {
    expect(resolveUser(wanted, database)).toEqual(user);
  });

  test('a name made of digits is a name first', () => {
    expect(resolveUser('7', database)).toMatchObject({ uid: 70, gid: 71, home: '/seven' });
  });

  test.each([
    'nobody-knows-me',
    'app:nobody-knows-me',
    '-1',
    '0x10',
    '2147483648',
    '99999999999999999999',
  ])('%j is START_FAILED, and the message names it', (wanted) => {
    const name = wanted.split(':').at(-1) ?? '';
    expect(() => resolveUser(wanted, database)).toThrow(
      expect.objectContaining({ code: 'START_FAILED', message: expect.stringContaining(name) }),
    );
  });

  test('root needs no file in the image', () => {
    expect(resolveUser('', none)).toEqual({ uid: 0, gid: 0, additionalGids: [], home: '/' });
  });

  test('whatever an image writes into its files, ids are within range or the start fails', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (wanted, passwd, group) => {
        try {
          const { uid, gid, additionalGids } = resolveUser(wanted, { passwd, group });
          for (const id of [uid, gid, ...additionalGids])
            expect(id >= 0 && id < 2 ** 31 && Number.isInteger(id)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'START_FAILED' });
        }
      }),
    );
  });
});
