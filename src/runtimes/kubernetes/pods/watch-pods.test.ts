import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { pods } from '../api/api-resource.ts';
import { type Asked, openScriptedApi, send, status } from '../api/scripted-api.contract.ts';
import { isOlder, type Pod } from './pod-schema.ts';
import { type KnownPod, type PodWatch, watchPods } from './watch-pods.ts';

const place = { resource: pods, namespace: 'jobs' };
const never = new AbortController().signal;

function podOf(name: string, version: number, podIP?: string): Pod {
  return { metadata: { name, uid: `of ${name}`, resourceVersion: String(version) }, status: { podIP } };
}

const ipOf = (known: KnownPod | undefined) => (known?.kind === 'pod' ? known.pod.status?.podIP : undefined);

interface Script {
  readonly list?: (response: ServerResponse) => void;
  readonly get?: (name: string, response: ServerResponse) => void;
  readonly watch?: (send: (type: string, pod: Pod) => void) => void;
}

const emptyList = (response: ServerResponse) => send(response, 200, { metadata: { resourceVersion: '1' }, items: [] });

/** A watch whose API answers by the script; what it does not say is empty or silent. */
async function withWatch(
  { list = emptyList, get, watch }: Script,
  work: (watch: PodWatch, troubles: readonly unknown[], asked: readonly Asked[]) => Promise<void>,
  onTrouble: (error: unknown) => void = () => undefined,
): Promise<void> {
  await using api = await openScriptedApi(({ path, query }, response) => {
    const name = /\/pods\/(.+)$/.exec(path)?.[1];
    if (name !== undefined && get !== undefined) return get(name, response);
    if (name !== undefined) return send(response, 404, status(404, 'NotFound', 'no such pod'));
    if (query.watch !== 'true') return list(response);
    response.writeHead(200).flushHeaders();
    watch?.((type, object) => response.write(`${JSON.stringify({ type, object })}\n`));
  });
  const troubles: unknown[] = [];
  const opened = watchPods({
    client: api.client,
    place,
    labelSelector: 'a=b',
    onTrouble(error) {
      troubles.push(error);
      onTrouble(error);
    },
  });
  try {
    await work(opened, troubles, api.asked);
  } finally {
    opened.close();
  }
}

describe('watchPods', () => {
  test('goes on when a pod that the list lacks cannot be read', async () => {
    const script: Script = {
      get: (_, response) => send(response, 500, status(500, 'InternalError', 'etcd')),
      watch: (say) => say('MODIFIED', podOf('one', 3, '10.0.0.1')),
    };
    await withWatch(script, async (watch, troubles) => {
      watch.add(podOf('one', 2));
      watch.add(podOf('two', 2));
      expect(await watch.until('one', ipOf, never)).toBe('10.0.0.1');
      expect(troubles).toHaveLength(2);
    });
  });

  test('a pod that is added again keeps what the watch has seen since', async () => {
    const items = [podOf('one', 2)];
    const script: Script = {
      list: (response) => send(response, 200, { metadata: { resourceVersion: '2' }, items }),
      watch: (say) => say('MODIFIED', podOf('one', 3, '10.0.0.1')),
    };
    await withWatch(script, async (watch) => {
      watch.add(podOf('one', 2));
      await watch.until('one', ipOf, never);
      watch.add(podOf('one', 2));
      expect(ipOf(watch.current('one'))).toBe('10.0.0.1');
      watch.add(podOf('one', 4, '10.0.0.2'));
      expect(ipOf(watch.current('one'))).toBe('10.0.0.2');
    });
  });

  test('follows again after a failure of its own', async () => {
    let lists = 0;
    const script: Script = {
      list(response) {
        lists += 1;
        if (lists === 1) send(response, 500, status(500, 'InternalError', 'etcd'));
        else send(response, 200, { metadata: { resourceVersion: '3' }, items: [podOf('one', 3, '10.0.0.1')] });
      },
    };
    let isBroken = true;
    const onTrouble = () => {
      const wasBroken = isBroken;
      isBroken = false;
      if (wasBroken) throw new Error('the log cannot be written');
    };
    await withWatch(
      script,
      async (watch) => {
        watch.add(podOf('one', 2));
        expect(await watch.until('one', ipOf, never)).toBe('10.0.0.1');
      },
      onTrouble,
    );
  });

  test('keeps an event that came before its pod was added', async () => {
    const script: Script = {
      get: (_, response) => send(response, 200, podOf('one', 2)),
      watch(say) {
        say('MODIFIED', podOf('two', 5, '10.0.0.2'));
        say('MODIFIED', podOf('one', 6, '10.0.0.1'));
      },
    };
    await withWatch(script, async (watch) => {
      watch.add(podOf('one', 2));
      await watch.until('one', ipOf, never);
      watch.add(podOf('two', 4));
      expect(ipOf(watch.current('two'))).toBe('10.0.0.2');
    });
  });

  test('reports a pod that is forgotten as gone to those that wait for it', async () => {
    await withWatch({ get: (_, response) => send(response, 200, podOf('one', 2)) }, async (watch) => {
      watch.add(podOf('one', 2));
      const gone = watch.until('one', (known) => (known.kind === 'gone' ? 'gone' : undefined), never);
      watch.forget('one');
      expect(await gone).toBe('gone');
    });
  });

  test('does not go back to an older state', async () => {
    const script: Script = {
      get: (name, response) => send(response, 200, podOf(name, 2)),
      watch(say) {
        say('MODIFIED', podOf('one', 4));
        say('MODIFIED', podOf('two', 9, '10.0.0.2'));
      },
    };
    await withWatch(script, async (watch) => {
      watch.add(podOf('one', 10, '10.0.0.1'));
      watch.add(podOf('two', 2));
      await watch.until('two', ipOf, never);
      expect(ipOf(watch.current('one'))).toBe('10.0.0.1');
      expect(ipOf(await watch.refresh('one', never))).toBe('10.0.0.1');
      expect(ipOf(watch.current('one'))).toBe('10.0.0.1');
    });
  });
});

test('isOlder: compares versions of the same pod as numbers, and trusts no others', () => {
  expect(isOlder(podOf('one', 9), podOf('one', 10))).toBe(true);
  expect(isOlder(podOf('one', 10), podOf('one', 9))).toBe(false);
  expect(isOlder(podOf('one', 10), podOf('one', 10))).toBe(false);
  expect(isOlder(podOf('one', 9), podOf('two', 10))).toBe(false);
  const opaque: Pod = { metadata: { name: 'one', uid: 'of one', resourceVersion: 'abc' } };
  expect([isOlder(opaque, podOf('one', 1)), isOlder(podOf('one', 1), opaque)]).toEqual([false, false]);
});
