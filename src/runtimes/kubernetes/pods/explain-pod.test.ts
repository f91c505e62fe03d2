import { describe, expect, test } from 'vitest';
import { notStarted, podLost, troubleOf } from './explain-pod.ts';
import type { Pod } from './pod-schema.ts';

const references = new Map([['step-0', 'registry.example.com/tool:1']]);

function pod(status: Pod['status'], deletionTimestamp?: string): Pod {
  return { metadata: { name: 'x-1', uid: 'u', ...(deletionTimestamp && { deletionTimestamp }) }, status };
}

const waiting = (reason: string, message = '', name = 'step-0') =>
  pod({ phase: 'Pending', containerStatuses: [{ name, state: { waiting: { reason, message } } }] });

describe('troubleOf', () => {
  test.each([
    ['a pod that is being made', pod({ phase: 'Pending' })],
    ['containers that are created', waiting('ContainerCreating')],
    ['a first failed pull, which the kubelet repeats', waiting('ErrImagePull', 'not found')],
    ['a pod that runs', pod({ phase: 'Running', containerStatuses: [{ name: 'step-0', state: { running: {} } }] })],
  ])('has none for %s', (_, given) => {
    expect(troubleOf(given, references)).toBe(undefined);
  });

  test.each([
    ['an image that does not exist', waiting('ImagePullBackOff', 'manifest unknown'), 'IMAGE_NOT_FOUND', 'tool:1'],
    ['a registry that is away', waiting('ImagePullBackOff', 'dial tcp: refused'), 'IMAGE_PULL_FAILED', 'tool:1'],
    ['an image that may not be pulled', waiting('ErrImageNeverPull'), 'IMAGE_NOT_FOUND', 'must not be pulled'],
    ['a name that the node refuses', waiting('InvalidImageName'), 'INVALID_REQUEST', 'tool:1'],
    ['the image of keep', waiting('ImagePullBackOff', 'not found', 'keep'), 'RUNTIME_UNAVAILABLE', 'EXEC_KUBE_IMAGE'],
    ['a container that is not created', waiting('CreateContainerError', 'no'), 'RUNTIME_UNAVAILABLE', 'no.'],
    [
      'a pod that was evicted',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'disk' }),
      'RUNTIME_UNAVAILABLE',
      'disk',
    ],
    ['a pod that is being deleted', pod({ phase: 'Pending' }, 'now'), 'RUNTIME_UNAVAILABLE', 'deleted'],
  ])('explains %s', (_, given, code, words) => {
    const error = troubleOf(given, references);
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(words);
  });

  test('an execution whose node could not start it or keep may begin anew', () => {
    for (const given of [waiting('StartError', 'no sandbox'), waiting('ImagePullBackOff', 'no keep', 'keep')])
      expect(troubleOf(given, references)?.context).toMatchObject({ runtimeAway: true });
  });
});

test('notStarted: says what the scheduler said, and the execution waits for room', () => {
  const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' };
  const error = notStarted(pod({ phase: 'Pending', conditions: [unschedulable] }), 600);
  expect(error.message).toContain('0/1 nodes');
  expect(error.context).toMatchObject({ runtimeFull: true });
});

test('podLost: only a pod whose command has not run lets its execution begin anew', () => {
  expect(podLost('x-1', undefined, false).context).toMatchObject({ runtimeAway: true });
  expect(podLost('x-1', undefined, true).context).toMatchObject({ mayHaveRun: true });
});
