import type { Fault } from '../fault-world.ts';
import { agentFaults } from './agent-faults.ts';
import type { ClusterFaultParts } from './fault-parts.ts';
import { nodeFaults } from './node-faults.ts';
import { podFaults } from './pod-faults.ts';

/** What breaks, one after the other: all of it once, or twice. */
export function clusterFaults(parts: ClusterFaultParts): readonly Fault[] {
  const { killOne, killTwo, pause } = agentFaults(parts);
  const { killKeep, quota, noImage, remove, removeAtOnce, evict } = podFaults(parts);
  const { killKubelet, restartContainerd, apiAway, etcdFull, drain } = nodeFaults(parts);
  const round = (signal: 'SIGTERM' | 'SIGKILL') => [
    ...[killOne, killKeep, remove, pause, killKubelet, evict, restartContainerd(signal), quota],
    ...[removeAtOnce, apiAway, killTwo, noImage, etcdFull, drain],
  ];
  return parts.quick ? round('SIGKILL') : [...round('SIGTERM'), ...round('SIGKILL')];
}
