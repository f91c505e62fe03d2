import type { Clock } from '../../support/clock.ts';
import type { ImageReference } from '../../support/image-reference.ts';
import type { PullProgress } from '../runtime.ts';
import type { Engine } from './connect-engine.ts';
import type { DockerLimits } from './docker-options.ts';
import { type PullMessage, pullMessageSchema } from './engine-schemas.ts';
import { explainPullFailure } from './explain-pull-failure.ts';
import { createPullProgress } from './pull-progress.ts';
import { readJsonLines } from './read-json-lines.ts';

export interface PullOptions {
  readonly clock: Clock;
  readonly limits: Pick<DockerLimits, 'pullProgressIntervalMs' | 'pullMessageBytes'>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
}

/**
 * Lets the engine pull an image. Aborting ends the pull.
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE; the signal's reason
 */
export async function pullImage(
  engine: Engine,
  { name, tag, digest, familiar }: ImageReference,
  options: PullOptions,
): Promise<void> {
  const { clock, limits, signal, onProgress } = options;
  const query = { fromImage: name, tag: digest ?? tag };
  const answer = await engine.stream({ method: 'POST', path: '/images/create', query, signal });
  if (!answer.ok) throw explainPullFailure(familiar, answer.message);
  const { body, explain } = answer.value;
  const tell = createPullProgress(familiar, { clock, intervalMs: limits.pullProgressIntervalMs, report: onProgress });
  try {
    for await (const value of readJsonLines(body, limits.pullMessageBytes)) {
      const message: PullMessage = pullMessageSchema.parse(value);
      // By then the answer has begun as a good one: what fails is told inside of it.
      if (message.error !== undefined && message.error !== null) throw explainPullFailure(familiar, message.error);
      tell(message);
    }
  } catch (error) {
    throw explain(error);
  } finally {
    body.destroy();
  }
}
