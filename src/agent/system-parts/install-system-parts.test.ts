import { expect, test } from 'vitest';
import { installSystemParts } from './install-system-parts.ts';
import type { SystemPart } from './system-parts.ts';

const signal = new AbortController().signal;

function part(name: string): SystemPart {
  const where = { file: `/nowhere/${name}` };
  return {
    name,
    purpose: `what ${name} does`,
    where,
    debianPackage: `debian-${name}`,
    elsewhere: `get ${name} yourself`,
  };
}

test('package lists are refreshed once and every part is named as it comes', async () => {
  const seen: string[] = [];
  const packageManager = {
    refresh: async () => void seen.push('refresh'),
    install: async (name: string) => void seen.push(`install ${name}`),
  };
  await installSystemParts([part('a'), part('b')], { onLine: (line) => seen.push(line), signal, packageManager });
  expect(seen).toEqual([
    'refresh',
    'Installing debian-a: what a does',
    'install debian-a',
    'Installing debian-b: what b does',
    'install debian-b',
  ]);
});

test('a package that cannot be had is an error that says what to install, after the others were installed', async () => {
  const installed: string[] = [];
  const packageManager = {
    refresh: async () => {},
    install: async (name: string) => {
      if (name === 'debian-a') throw new Error('Unable to locate package debian-a');
      installed.push(name);
    },
  };
  await expect(
    installSystemParts([part('a'), part('b')], { onLine: () => {}, signal, packageManager }),
  ).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message:
      'Missing on this machine: a, and apt-get could not install it: Unable to locate package debian-a. ' +
      'On Debian or Ubuntu, as root: apt-get install --no-install-recommends debian-a. Elsewhere: a (get a yourself).',
  });
  expect(installed).toEqual(['debian-b']);
});

test('with lists that could not be refreshed it still tries, and says so', async () => {
  const lines: string[] = [];
  const packageManager = { refresh: async () => Promise.reject(new Error('no network')), install: async () => {} };
  await installSystemParts([part('a')], { onLine: (line) => lines.push(line), signal, packageManager });
  expect(lines[0]).toBe('Package lists could not be refreshed: no network');
});

test('with nothing missing, nothing is touched', async () => {
  await expect(installSystemParts([], { onLine: () => expect.unreachable(), signal })).resolves.toBeUndefined();
});
