import type { ExecError } from '../../support/exec-error.ts';
import { describe, type PartNames } from '../../wire/sentence.ts';

/** The fields of requests and responses by the parts of a plan that errors name. */
export const partNames: PartNames = {
  image: 'container.image',
  command: 'container.command',
  entrypoint: 'container.entrypoint',
  user: 'container.user',
  workingDir: 'container.working_dir',
  stdin: 'container.stdin',
  readOnlyRoot: 'container.read_only_root',
  pull: 'pull',
  timeout: 'timeout',
  priority: 'priority',
  placement: 'container.placement',
  secrets: 'secrets',
  'resources.cpus': 'container.resources.cpus',
  'resources.memory': 'container.resources.memory',
  'resources.pids': 'container.resources.pids',
  'resources.scratch': 'container.resources.disk',
  'resources.shm': 'container.resources.shm',
  'resources.gpus': 'container.resources.gpus',
  'network.mode': 'container.network',
  'network.ports': 'container.ports',
  'network.services': 'service_access',
  'network.budget': 'service_budget',
  'network.tokens': (service) => `service_budget.${service}.tokens`,
  'inputs.inline': 'input.files',
  'outputs.files': 'output.expected_files',
  'outputs.upload': 'output.minio_upload',
  'outputs.overflow': 'result.ref',
};

/** The sentence of an error with the fields that a request has. */
export function describeError({ sentence }: Pick<ExecError, 'sentence'>): string {
  return describe(sentence, partNames);
}
