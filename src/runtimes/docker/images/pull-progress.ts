import type { Clock } from '../../../support/time/clock.ts';
import type { PullProgress } from '../../runtime.ts';
import type { PullMessage } from '../engine/engine-schemas.ts';

interface Layer {
  readonly received: number;
  readonly total: number | undefined;
}

/**
 * Sums up what an engine tells of each layer, and reports it at most once per interval.
 * @returns takes a message, and returns how many bytes the image has to download as far as that is known by now
 */
export function createPullProgress(
  reference: string,
  { clock, intervalMs, report }: { clock: Clock; intervalMs: number; report: (progress: PullProgress) => void },
): (message: PullMessage) => number {
  const layers = new Map<string, Layer>();
  let bytes = 0;
  let reportedAt: number | undefined;

  return (message) => {
    const id = message.id ?? '';
    // There may be thousands of layers, and each has many messages.
    const before = bytesOf(layers.get(id));
    addTo(layers, message);
    bytes += bytesOf(layers.get(id)) - before;
    const now = clock.now();
    if (reportedAt === undefined || now - reportedAt >= intervalMs || now < reportedAt) {
      reportedAt = now;
      report({ reference, status: message.status ?? '', ...sumOf([...layers.values()]) });
    }
    return bytes;
  };
}

/** A layer without a total has at least what has come of it. */
function bytesOf(layer: Layer | undefined): number {
  return layer === undefined ? 0 : Math.max(layer.received, layer.total ?? 0);
}

function addTo(layers: Map<string, Layer>, { id, status, progressDetail }: PullMessage): void {
  if (id === undefined || id === null) return;
  const before = layers.get(id);
  switch (status) {
    case 'Pulling fs layer':
    case 'Waiting':
      layers.set(id, before ?? { received: 0, total: undefined });
      return;
    case 'Downloading':
      layers.set(id, {
        received: progressDetail?.current ?? before?.received ?? 0,
        total: progressDetail?.total ?? before?.total,
      });
      return;
    case 'Verifying Checksum':
    case 'Download complete':
    case 'Pull complete':
      if (before !== undefined)
        layers.set(id, { received: before.total ?? before.received, total: before.total ?? before.received });
      return;
  }
}

function sumOf(layers: readonly Layer[]): Pick<PullProgress, 'receivedBytes' | 'totalBytes'> {
  const receivedBytes = layers.reduce((sum, { received }) => sum + received, 0);
  const known = layers.length > 0 && layers.every(({ total }) => total !== undefined);
  return known
    ? { receivedBytes, totalBytes: layers.reduce((sum, { total = 0 }) => sum + total, 0) }
    : { receivedBytes };
}
