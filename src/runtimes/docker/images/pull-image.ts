import type { ImageReference } from '../../../support/names/image-reference.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { authHeaderOf } from '../../registries/credentials.ts';
import { explainPullFailure } from '../../registries/explain-pull-failure.ts';
import type { ImageSource, RegistryAccess } from '../../registries/registry-access.ts';
import { tooMuchToDownload } from '../../registries/too-much-to-download.ts';
import type { PullProgress } from '../../runtime.ts';
import type { DockerLimits } from '../docker-options.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { pullMessageSchema } from '../engine/engine-schemas.ts';
import { readJsonLines } from '../engine/read-json-lines.ts';
import { createPullProgress } from './pull-progress.ts';

export interface PullOptions {
  readonly registries: RegistryAccess;
  readonly clock: Clock;
  readonly limits: Pick<DockerLimits, 'pullProgressIntervalMs' | 'pullMessageBytes' | 'pullBytes'>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
  /** Called when a layer may be unpacked from now on. */
  readonly onUnpacking: () => void;
}

// Of each layer, before it has been downloaded.
const beforeUnpacking = /^(?:Pulling |Waiting$|Downloading$|Retrying |Already exists$)/;

/**
 * Lets the engine pull an image from one place. Aborting ends the pull, and so does an image that is too large: what a layer
 * has to download is known when its download begins, and the engine refuses one that has more.
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE; the signal's reason
 */
export async function pullImage(
  engine: Engine,
  { tag, digest, familiar }: ImageReference,
  { registry, repository }: ImageSource,
  options: PullOptions,
): Promise<void> {
  const { clock, limits, signal, onProgress, onUnpacking } = options;
  const credentials = await options.registries.credentialsFor(registry);
  const failed = (reason: string) => explainPullFailure({ reference: familiar, registry, reason, credentials });
  const query = { fromImage: repository, tag: digest ?? tag };
  const registryAuth = credentials && authHeaderOf(credentials, registry);
  const answer = await engine.stream({ method: 'POST', path: '/images/create', query, registryAuth, signal });
  if (!answer.ok) throw failed(answer.message);
  const { body, explain } = answer.value;
  const tell = createPullProgress(familiar, { clock, intervalMs: limits.pullProgressIntervalMs, report: onProgress });
  try {
    const lines = readJsonLines(body, { schema: pullMessageSchema, maxLineBytes: limits.pullMessageBytes });
    for await (const message of lines) {
      // By then the response has begun as a good one: a failure is reported inside of it.
      if (message.error !== undefined && message.error !== null) throw failed(message.error);
      if (!beforeUnpacking.test(message.status ?? 'Pulling ')) onUnpacking();
      if (tell(message) > limits.pullBytes) throw tooMuchToDownload(familiar, limits.pullBytes);
    }
  } catch (error) {
    throw explain(error);
  } finally {
    body.destroy();
  }
}
