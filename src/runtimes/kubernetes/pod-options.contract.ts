import type { PodOptions } from './kubernetes-options.ts';

/** The settings of pods in tests. */
export const podOptions: PodOptions = {
  namespace: 'jobs',
  keepImage: 'registry.example.com/exec-agent:1',
  pullSecrets: [],
  nodeSelector: {},
  isolation: 'own',
  canaries: [],
  tolerations: [],
  gpuResource: 'nvidia.com/gpu',
  cpuOvercommit: 1,
  orphanSeconds: 60,
  logBytes: 1000,
  outputBytes: 1000,
  layerBytes: 1000,
};
