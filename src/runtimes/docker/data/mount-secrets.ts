import { ExecError } from '../../../support/exec-error.ts';
import type { StepSpec } from '../../runtime.ts';
import { type SecretPlace, secretsPath } from '../../secrets/secret-files.ts';
import type { Mount } from '../container/container-body.ts';
import type { TransferContext } from './transfer.ts';

/**
 * Secrets that come as files, in memory of the engine's machine, which has to be this one.
 * @throws ExecError RUNTIME_UNAVAILABLE with the reason and the fix
 */
export async function mountSecrets(
  { secretFiles, secretsObstacle }: TransferContext,
  place: SecretPlace,
  { secrets = [] }: StepSpec,
): Promise<readonly Mount[]> {
  if (!secrets.some(({ as }) => as === 'file')) return [];
  const obstacle = await secretsObstacle();
  if (obstacle !== undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `Secrets cannot be handed to this Docker Engine as files: ${obstacle}. Ask for them as variables.`,
    );
  const directory = await secretFiles.write(place, secrets);
  return directory === undefined ? [] : [secretsMount(directory)];
}

export function secretsMount(directory: string): Mount {
  return { Type: 'bind', Source: directory, Target: secretsPath, ReadOnly: true };
}
