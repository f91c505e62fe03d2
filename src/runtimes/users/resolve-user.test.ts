import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUser } from '../../support/names/parse-user.ts';
import { homeOf, needsDatabase, resolveUser } from './resolve-user.ts';

const database = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\n# a comment\napp:x:1000:1001::/home/app:/bin/sh\n7:x:70:71::/seven:\nbroken\n',
  group: 'root:x:0:\nstaff:x:50:app,other\napp:x:1001:app\naudio:x:29:app\n',
};
const none = { passwd: '', group: '' };

describe('resolveUser', () => {
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [] }],
    ['root', { uid: 0, gid: 0, additionalGids: [] }],
    ['app', { uid: 1000, gid: 1001, additionalGids: [50, 29] }],
    ['1000', { uid: 1000, gid: 1001, additionalGids: [50, 29] }],
    ['app:staff', { uid: 1000, gid: 50, additionalGids: [] }],
    ['app:4711', { uid: 1000, gid: 4711, additionalGids: [] }],
    ['4711', { uid: 4711, gid: 0, additionalGids: [] }],
    ['4711:50', { uid: 4711, gid: 50, additionalGids: [] }],
    [':50', { uid: 0, gid: 50, additionalGids: [] }],
    [':0', { uid: 0, gid: 0, additionalGids: [] }],
    ['+0', { uid: 0, gid: 0, additionalGids: [] }],
    ['-0', { uid: 0, gid: 0, additionalGids: [] }],
    ['00:01', { uid: 0, gid: 1, additionalGids: [] }],
    ['app:+50', { uid: 1000, gid: 50, additionalGids: [] }],
    ['0:0:1000', { uid: 0, gid: 0, additionalGids: [] }],
  ])('%j is found as Docker finds it', (wanted, user) => {
    expect(resolveUser(wanted, database)).toEqual(user);
  });

  test('resolveUser: a number is an id, also when the image has a user of that name', () => {
    const hostile = { passwd: '1000:x:0:0::/:\n+1000:x:0:0::/:\n', group: '1000:x:0:1000\n' };
    expect(resolveUser('1000', hostile)).toEqual({ uid: 1000, gid: 0, additionalGids: [] });
    expect(resolveUser('+1000:1000', hostile)).toEqual({ uid: 1000, gid: 1000, additionalGids: [] });
    expect(resolveUser('7', database)).toEqual({ uid: 7, gid: 0, additionalGids: [] });
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
    expect(resolveUser('', none)).toEqual({ uid: 0, gid: 0, additionalGids: [] });
  });

  const texts = fc.oneof(
    fc.string(),
    fc.stringMatching(/^(?:[a-z0-9+]{0,4}:x:[0-9+]{0,4}:[0-9]{0,4}:[a-z0-9]*\n){0,4}$/),
  );

  test('resolveUser: for any user files of an image, ids are within range or the start fails', () => {
    fc.assert(
      fc.property(fc.string(), texts, texts, (wanted, passwd, group) => {
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

  test('resolveUser: for any user files of an image, a number stays that number', () => {
    const ids = fc.nat({ max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(ids, ids, texts, texts, (uid, gid, passwd, group) => {
        const wanted = `${uid}:${gid}`;
        expect(needsDatabase(wanted)).toBe(false);
        expect(resolveUser(wanted, { passwd, group })).toEqual({ uid, gid, additionalGids: [] });
        expect(resolveUser(`${uid}`, { passwd, group }).uid).toBe(uid);
      }),
    );
  });

  test('the home directory is that of the number', () => {
    expect([0, 1000, 4711].map((uid) => homeOf(uid, database))).toEqual(['/root', '/home/app', '/']);
  });
});

test.each([
  ['', { user: 0, group: undefined }],
  [':0', { user: 0, group: 0 }],
  ['+0', { user: 0, group: undefined }],
  ['00', { user: 0, group: undefined }],
  ['1-5', { user: '1-5', group: undefined }],
  ['app:', { user: 'app', group: undefined }],
  ['0x0', { user: '0x0', group: undefined }],
  [' 0', { user: ' 0', group: undefined }],
])('parseUser: takes %j apart', (text, written) => {
  expect(parseUser(text)).toEqual(written);
});
