import { formatBytes } from '../../support/text/bytes.ts';
import { printableLine } from '../../support/text/printable.ts';
import type { ControlFlags } from '../control/with-control.ts';
import { createProgressLine } from '../output/progress-line.ts';
import { shortDigest } from '../output/summarize-response.ts';
import { count } from '../output/text/count.ts';
import { formatTable } from '../output/text/format-table.ts';
import { createPullWatch } from '../run/watch-run.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import { reportError } from '../terminal/report-error.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { describeScan } from './describe-scan.ts';
import type { ListedImage } from './image-control.ts';
import { withImages } from './with-images.ts';

export interface ImagesFlags extends ControlFlags {
  readonly json?: boolean;
}

export interface PullFlags extends ControlFlags {
  readonly from?: string;
}

export interface PruneFlags extends ControlFlags {
  readonly keep: string;
}

/** `exec-agent images list`. */
export async function listImages(terminal: Terminal, flags: ImagesFlags): Promise<number> {
  const { stdout } = terminal;
  const { images, owner } = await withImages(terminal, flags, async (control) => ({
    images: await control.list(),
    owner: control.owner,
  }));
  if (flags.json === true) {
    stdout.line(JSON.stringify({ images }));
    return exitCodes.ok;
  }
  if (images.length === 0) {
    stdout.line(`${owner} has no images yet. Pull one with "exec-agent images pull IMAGE".`);
    return exitCodes.ok;
  }
  for (const line of tableOf(images, terminal, { withScans: true })) stdout.line(line);
  return exitCodes.ok;
}

/** `exec-agent images pull`. */
export async function pullImage(reference: string, terminal: Terminal, flags: PullFlags): Promise<number> {
  const { stdout, stderr } = terminal;
  const notify = sayOnInterrupt(terminal, 'Stopping the pull.');
  const image = await withInterrupt(notify, (signal) =>
    withImages(terminal, flags, async (control) => {
      const watch = createPullWatch(createProgressLine(stderr));
      try {
        return await control.pull(reference, { from: flags.from, signal, onProgress: watch.progress });
      } finally {
        watch.abandon();
      }
    }),
  );
  stdout.line(`${image.reference}  ${image.digest}`);
  return exitCodes.ok;
}

/** `exec-agent images prune`. */
export async function pruneImages(terminal: Terminal, flags: PruneFlags): Promise<number> {
  const removed = await withImages(terminal, flags, (control) => control.prune(flags.keep));
  const freed = removed.reduce((sum, { size_bytes: size }) => sum + size, 0);
  for (const line of tableOf(removed, terminal)) terminal.stdout.line(line);
  terminal.stderr.line(
    removed.length === 0 ? 'Nothing to remove.' : `Removed ${count(removed.length, 'image')}, ${formatBytes(freed)}.`,
  );
  return exitCodes.ok;
}

/** `exec-agent images rm`: prints each name that is removed; one that cannot be removed does not stop the others. */
export function removeImages(references: readonly string[], terminal: Terminal, flags: ControlFlags): Promise<number> {
  return withImages(terminal, flags, async (control) => {
    let exitCode: number = exitCodes.ok;
    let freed = 0;
    for (const reference of references) {
      try {
        const image = await control.remove(reference);
        freed += image.size_bytes;
        for (const name of image.references) terminal.stdout.line(printableLine(name));
      } catch (error) {
        exitCode = reportError(error, terminal, { debug: flags.debug === true });
      }
    }
    if (freed > 0) terminal.stderr.line(`Freed ${formatBytes(freed)}.`);
    return exitCode;
  });
}

function tableOf(images: readonly ListedImage[], { stdout }: Terminal, { withScans = false } = {}): string[] {
  if (images.length === 0) return [];
  const { dim } = stdout.colors;
  const rows = images.flatMap(({ references, digest, size_bytes: size, scan }) =>
    (references.length === 0 ? ['(no name)'] : references).map((reference) => [
      printableLine(reference),
      dim(printableLine(shortDigest(digest))),
      formatBytes(size),
      ...(withScans ? [describeScan(scan)] : []),
    ]),
  );
  const titles = ['IMAGE', 'DIGEST', 'SIZE', ...(withScans ? ['VULNERABILITIES'] : [])];
  return formatTable([titles.map((title) => dim(title)), ...rows]);
}
