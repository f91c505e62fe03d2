import { inject } from 'vitest';
import { describeRuntime } from '../../src/runtimes/runtime.contract.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { openKubernetesBench } from './runtime/open-bench.ts';

const cluster = await openCluster(inject('clusterDirectory'));

const coarse = 'the kubelet looks at a root filesystem now and then, and evicts the pod';

const noStreams = 'the driver refuses files for stdout and stderr, and single files in a directory of the image';
const streamCases = [
  'streams: stdout and stderr of user 0 go to files whose directories are made',
  'streams: stdout and stderr of user 1234:5678 go to files whose directories are made',
  'streams: one file takes both, a file of an earlier step is emptied',
  "streams: stdout of one step is stdin of the next, the image's own command",
  'streams: a link that a step made leads to nothing outside of the next container',
  'streams: a command that does not exist is START_FAILED and named',
  'streams: a file that cannot be opened is START_FAILED and named',
  'files of a volume: are where they belong, with all that the image has there',
];

describeRuntime('Kubernetes', {
  open: () => openKubernetesBench(cluster, 'contract'),
  skip: [
    { case: 'what is written to the root filesystem is bounded, or can be measured while it is', reason: coarse },
    { case: 'Volumes: what is written to one is bounded, or can be measured while it is', reason: coarse },
    {
      case: 'the own host name is known in the container',
      reason: 'the kubelet gives the address of the pod for it in /etc/hosts',
    },
    ...streamCases.map((title) => ({ case: title, reason: noStreams })),
    { case: 'an image that is here is listed', reason: 'the nodes have the images' },
  ],
});
