import { expect, test } from 'vitest';
import { parseEngineAddress } from './engine-address.ts';

test.each([
  ['unix:///var/run/docker.sock', { kind: 'unix', socketPath: '/var/run/docker.sock' }],
  ['tcp://10.0.0.1:2376', { kind: 'tcp', hostname: '10.0.0.1', port: 2376 }],
  ['tcp://engine.example:80', { kind: 'tcp', hostname: 'engine.example', port: 80 }],
  ['http://localhost:2375/', { kind: 'tcp', hostname: 'localhost', port: 2375 }],
  ['https://localhost:443', { kind: 'tcp', hostname: 'localhost', port: 443 }],
  ['tcp://[::1]:2375', { kind: 'tcp', hostname: '::1', port: 2375 }],
])('%s', (host, address) => {
  expect(parseEngineAddress(host)).toEqual(address);
});

test.each([
  '',
  'docker.sock',
  '/var/run/docker.sock',
  'unix://docker.sock',
  'tcp://host',
  'ssh://host:22',
  'npipe:////./pipe/docker',
])('%j is refused with what is right', (host) => {
  expect(() => parseEngineAddress(host)).toThrow(
    `"${host}": it must be unix:///path/to/docker.sock or tcp://host:port`,
  );
});
