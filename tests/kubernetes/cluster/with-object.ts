import type { Cluster } from './open-cluster.ts';

/**
 * Creates an object of the API and removes it when `use` has ended, however it ended: a second try of the same test can
 * create it again. A pod is removed at once, without time to end by itself.
 * @param flags for `kubectl create`, for example `--as=…`
 */
export async function withObject<Result>(
  { kubectl }: Pick<Cluster, 'kubectl'>,
  object: object,
  use: () => Promise<Result>,
  flags: readonly string[] = [],
): Promise<Result> {
  const text = JSON.stringify(object);
  await kubectl(['create', '-f', '-', ...flags], text);
  try {
    return await use();
  } finally {
    await kubectl(['delete', '-f', '-', '--grace-period=0', '--force', '--ignore-not-found'], text);
  }
}
