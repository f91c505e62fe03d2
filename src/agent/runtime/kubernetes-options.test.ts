import { expect, test } from 'vitest';
import { configSchema } from '../config/config-schema.ts';
import { podOptionsOf } from './kubernetes-options.ts';

function optionsOf(settings: object) {
  return podOptionsOf(configSchema.parse({ port: 'off', ...settings }), {
    namespace: 'jobs',
    server: new URL('https://10.0.0.1'),
  });
}

test('EXEC_KUBE_TOLERATIONS: a key, a value and an effect are each passed on', () => {
  const kubeTolerations = ['pool', 'pool=jobs', 'example.com/pool:NoExecute', 'pool=jobs:NoSchedule'];
  expect(optionsOf({ kubeTolerations }).tolerations).toEqual([
    { key: 'pool', operator: 'Exists' },
    { key: 'pool', operator: 'Equal', value: 'jobs' },
    { key: 'example.com/pool', operator: 'Exists', effect: 'NoExecute' },
    { key: 'pool', operator: 'Equal', value: 'jobs', effect: 'NoSchedule' },
  ]);
});

test.each(['=jobs', 'pool=jobs:Never', 'a b', 'pool:'])('EXEC_KUBE_TOLERATIONS: refuses %s', (toleration) => {
  expect(() => optionsOf({ kubeTolerations: [toleration] })).toThrow('taints');
});

test('EXEC_KUBE_NODE_SELECTOR: becomes labels', () => {
  expect(optionsOf({ kubeNodeSelector: ['pool=jobs', 'zone='] }).nodeSelector).toEqual({ pool: 'jobs', zone: '' });
});
