import type { StoredScan } from '../../admission/scan/scan-store.ts';
import { openLocalAgent } from '../../agent/open-local-agent.ts';
import type { Runtime, StoredImage } from '../../runtimes/runtime.ts';
import { listStoredImages, pruneStoredImages } from '../../runtimes/stored-images.ts';
import { ExecError } from '../../support/exec-error.ts';
import { formatBytes, parseBytes } from '../../support/text/bytes.ts';
import { count } from '../output/count.ts';
import { formatTable } from '../output/format-table.ts';
import { createProgressLine } from '../output/progress-line.ts';
import { shortDigest } from '../output/summarize-response.ts';
import { createPullWatch } from '../run/watch-run.ts';
import { loadSettings, type SettingFlags, type Settings } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { describeScan, scanRow, scansOf } from './describe-scan.ts';
import { absoluteSource } from './image-source.ts';

export interface ImagesFlags extends SettingFlags {
  readonly json?: boolean;
}

export interface PullFlags extends SettingFlags {
  readonly from?: string;
}

export interface PruneFlags extends SettingFlags {
  readonly keep: string;
}

/** `exec-agent images list`. */
export async function listImages(terminal: Terminal, flags: ImagesFlags): Promise<number> {
  const { stdout } = terminal;
  const { images, runtime, scans } = await withRuntime(terminal, flags, async (runtime, { config }) => {
    const images = await listStoredImages(runtime.images);
    return { images, runtime: runtime.name, scans: await scansOf(images, config) };
  });
  if (flags.json === true) {
    const rows = images.map(({ references, digest, sizeBytes }) => {
      const scan = scans.get(digest);
      return { references, digest, size_bytes: sizeBytes, ...(scan && { scan: scanRow(scan) }) };
    });
    stdout.line(JSON.stringify(rows, null, 2));
    return exitCodes.ok;
  }
  if (images.length === 0) {
    stdout.line(`The ${runtime} runtime has no images yet. Pull one with "exec-agent images pull IMAGE".`);
    return exitCodes.ok;
  }
  for (const line of tableOf(images, terminal, scans)) stdout.line(line);
  return exitCodes.ok;
}

/** `exec-agent images pull`. */
export async function pullImage(reference: string, terminal: Terminal, flags: PullFlags): Promise<number> {
  const { stdout, stderr } = terminal;
  const notify = sayOnInterrupt(terminal, 'Stopping the pull.');
  const image = await withInterrupt(notify, (signal) =>
    withRuntime(terminal, flags, async ({ name, images }) => {
      const watch = createPullWatch(createProgressLine(stderr));
      try {
        if (flags.from === undefined)
          return await images.ensure(reference, { pull: 'always', signal, onProgress: watch.progress });
        if (images.importImage === undefined)
          throw new ExecError(
            'INVALID_REQUEST',
            `--from: the ${name} runtime loads no archives. Load it with the tools of that runtime, or choose another one with --runtime.`,
          );
        return await images.importImage(absoluteSource(flags.from, terminal.cwd), reference, signal);
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
  const keepBytes = parseBytes(flags.keep);
  if (keepBytes === undefined)
    throw new ExecError('INVALID_REQUEST', `--keep ${flags.keep} is not a size. Write it as 500m or 5g.`);
  const removed = await withRuntime(terminal, flags, ({ images }) => pruneStoredImages(images, { keepBytes }));
  const freed = removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const line of tableOf(removed, terminal)) terminal.stdout.line(line);
  terminal.stderr.line(
    removed.length === 0 ? 'Nothing to remove.' : `Removed ${count(removed.length, 'image')}, ${formatBytes(freed)}.`,
  );
  return exitCodes.ok;
}

async function withRuntime<T>(
  terminal: Terminal,
  flags: SettingFlags,
  work: (runtime: Runtime, settings: Pick<Settings, 'config'>) => Promise<T>,
): Promise<T> {
  const { config, logger } = await loadSettings(terminal, flags, 'warn');
  const agent = await openLocalAgent(config, { logger, searchPath: terminal.env.PATH ?? '' });
  try {
    return await work(agent.choice.runtime, { config });
  } finally {
    await agent.close();
  }
}

type Scans = ReadonlyMap<string, StoredScan>;

/** @param scans leaves the column out when it is absent */
function tableOf(images: readonly StoredImage[], { stdout }: Terminal, scans?: Scans): string[] {
  if (images.length === 0) return [];
  const { dim } = stdout.colors;
  const rows = images.flatMap(({ references, digest, sizeBytes }) =>
    (references.length === 0 ? ['(no name)'] : references).map((reference) => [
      reference,
      dim(shortDigest(digest)),
      formatBytes(sizeBytes),
      ...(scans === undefined ? [] : [describeScan(scans.get(digest))]),
    ]),
  );
  const titles = ['IMAGE', 'DIGEST', 'SIZE', ...(scans === undefined ? [] : ['VULNERABILITIES'])];
  return formatTable([titles.map((title) => dim(title)), ...rows]);
}
