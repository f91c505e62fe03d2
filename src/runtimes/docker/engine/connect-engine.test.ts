import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits, openScriptedEngine, type ScriptedEngine } from '../recovery/scripted-engine.contract.ts';
import { connectEngine } from './connect-engine.ts';
import { createEngineClient } from './engine-client.ts';

let docker: ScriptedEngine;

beforeEach(async () => {
  docker = await openScriptedEngine();
});
afterEach(() => docker.close());

test('engine: one whose API is too old is refused with the version that is needed', async () => {
  await docker.start({ 'GET /_ping': (_, response) => response.setHeader('api-version', '1.40').end('OK') });
  await expect(docker.engine.facts()).rejects.toMatchObject({ message: expect.stringMatching(/1\.40.*1\.41/) });
});

test('engine: a server that is none is refused', async () => {
  await docker.start({ 'GET /_ping': (_, response) => response.end('hello') });
  await expect(docker.engine.facts()).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining('Is DOCKER_HOST the address of a Docker Engine?'),
  });
});

test('engine: a call without a response ends with its time', async () => {
  await docker.start({ 'GET /_ping': () => undefined });
  const slow = connectEngine(createEngineClient({ host: docker.host, limits: { ...limits, callTimeoutMs: 50 } }));
  await expect(slow.facts()).rejects.toMatchObject({
    message: expect.stringContaining('did not answer GET /_ping in time'),
  });
  slow.close();
});
