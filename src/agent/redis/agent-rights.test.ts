import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { configSchema } from '../config/config-schema.ts';
import { agentCommands, agentPatterns, clusterCommands } from './agent-rights.ts';

const namesOf = (commands: readonly (readonly (string | number)[])[]) => commands.map(([name]) => String(name));
// Probed in another way, or sent by the client library for a URL with a database.
const others = ['del', 'subscribe', 'unsubscribe', 'select'];
const known = [...namesOf(agentCommands('key')), ...namesOf(clusterCommands), ...others];

test('agent rights: every command in a script of the queue is among them', async () => {
  const scripts = new URL('../../queue/scripts/', import.meta.url);
  const names = (await readdir(scripts, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, scripts), 'utf8')));
  const used = texts.flatMap((text) => [...text.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name = '']) => name));
  expect(used.length).toBeGreaterThan(50);
  expect(known).toEqual(expect.arrayContaining([...new Set(used.map((name) => name.toLowerCase()))]));
});

test('users.acl: grants the agent these commands, keys and channels, and nothing else', async () => {
  const text = await readFile(new URL('../../../deploy/redis/users.acl', import.meta.url), 'utf8');
  const [, , name, , , ...rules] =
    /^(user) (exec-agent) (on) (\S+) (.*)$/m
      .exec(text)
      ?.slice(1)
      .flatMap((part) => part.split(' ')) ?? [];
  expect(name).toBe('on');
  const { below, streams, channels } = agentPatterns(configSchema.parse({}));
  const patterns = [...[below, ...streams].map((key) => `~${key}`), ...channels.map((channel) => `&${channel}`)];
  const granted = ['-@all', 'resetchannels', ...patterns, ...known.map((command) => `+${command}`)];
  expect(rules.toSorted()).toEqual([...granted].toSorted());
});
