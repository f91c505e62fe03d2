import type { IsKnown } from '../runtime.ts';
import type { SecretFiles } from './secret-files.ts';

/** Removes the secrets of executions that nobody knows any more, and what waits for some of an agent that has gone. */
export async function sweepSecrets(files: SecretFiles, deployment: string, isKnown: IsKnown): Promise<void> {
  for (const executionId of await files.list(deployment))
    if (!(await isKnown(executionId))) await files.remove({ deployment, executionId });
  await files.sweepPrepared(deployment);
}
