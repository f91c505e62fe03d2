import { inject } from 'vitest';
import { describeRuntime } from '../../src/runtimes/runtime.contract.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { openKubernetesBench } from './runtime/open-bench.ts';

const cluster = await openCluster(inject('clusterDirectory'));

describeRuntime('Kubernetes', { open: () => openKubernetesBench(cluster, 'contract') });
