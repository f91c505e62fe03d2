import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { userName } from './user-name.ts';

test('userName: is the name of the user', () => {
  expect(userName()).toBe(userInfo().username);
});

test('userName: is the number of a user without a name', () => {
  const read = () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(userName(read)).toBe(String(process.getuid?.()));
});
