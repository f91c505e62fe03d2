import { inject } from 'vitest';
import { describeRuntime } from '../../src/runtimes/runtime.contract.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { openKubernetesBench } from './runtime/open-bench.ts';

const cluster = await openCluster(inject('clusterDirectory'));

const coarse = 'the kubelet looks at a root filesystem now and then, and evicts the pod';

describeRuntime('Kubernetes', {
  open: () => openKubernetesBench(cluster, 'contract'),
  skip: [
    { case: 'Volumes: what is written to one is bounded, or can be measured while it is', reason: coarse },
    { case: 'what is written to the root filesystem is bounded, or can be measured while it is', reason: coarse },
    {
      case: 'the own host name is known in the container',
      reason: 'the kubelet gives the address of the pod for it in /etc/hosts',
    },
    { case: 'an image that is here is listed', reason: 'the nodes have the images' },
  ],
});
