import { Readable } from 'node:stream';
import { pack as createPack, type Header, type Pack } from 'tar-stream';
import { destroyOnAbort } from '../../support/abort/destroy-on-abort.ts';
import { ExecError } from '../../support/exec-error.ts';
import { partsOf, showName, textOf } from '../beneath/file-name.ts';
import { openBeneath } from '../beneath/open-beneath.ts';
import { readChunks } from '../beneath/read-file.ts';
import { type TreeEntry, type WalkOptions, walkTree } from '../tree/walk-tree.ts';

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

export interface PackedTree {
  readonly directory: string;
  /** Path in the archive, without a leading `/`: `workspace/input`. */
  readonly prefix: string;
}

export interface PackOptions extends Pick<WalkOptions, 'maxEntries' | 'maxDepth'> {
  readonly signal: AbortSignal;
  /** Called for entries that are left out: links, FIFOs, sockets, devices, names that are not UTF-8. */
  readonly onSkipped?: (name: string, what: string) => void;
}

/**
 * Directories as one uncompressed tar archive, each with an entry of its own in front; everything belongs to root, no
 * link is followed. The stream fails with an ExecError beyond a limit and with the signal's reason once it aborts.
 */
export function packTree(trees: readonly PackedTree[], options: PackOptions): Readable {
  const archive = createPack();
  const stream = Readable.from(archive, { objectMode: false });
  stream.once('close', destroyOnAbort(stream, options.signal));
  packAll(archive, trees, options).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return stream;
}

async function packAll(archive: Pack, trees: readonly PackedTree[], options: PackOptions): Promise<void> {
  for (const tree of trees) {
    const opened = await openBeneath(tree.directory, [], 'directory');
    const { handle } = opened;
    if (handle === undefined) throw new ExecError('INTERNAL', `${tree.directory} is not there any more.`);
    try {
      const { mode, mtime } = opened.stats;
      await addEntry(archive, { name: tree.prefix, type: 'directory', mode: mode & 0o777, mtime });
      for await (const entry of walkTree(handle, options)) await pack(archive, tree, entry, options);
    } finally {
      await handle.close();
    }
  }
}

async function pack(archive: Pack, tree: PackedTree, entry: TreeEntry, { onSkipped }: PackOptions): Promise<void> {
  const below = textOf(entry.name);
  const name = `${tree.prefix}/${below}`;
  if (below === undefined) onSkipped?.(showName(entry.name), 'name that is not UTF-8');
  else if (entry.kind === 'directory')
    await addEntry(archive, { name, type: 'directory', mode: entry.mode, mtime: entry.modified });
  else if (entry.kind === 'file') await packFile(archive, tree, entry, name);
  else onSkipped?.(below, entry.kind);
}

async function packFile(archive: Pack, tree: PackedTree, entry: TreeEntry, name: string): Promise<void> {
  const opened = await openBeneath(tree.directory, partsOf(entry.name), 'file');
  const { handle } = opened;
  if (handle === undefined)
    throw new ExecError('INTERNAL', `${tree.directory}/${showName(entry.name)} changed while it was read.`);
  try {
    const { size } = opened.stats;
    const content = readChunks(handle, size);
    await addEntry(archive, { name, type: 'file', mode: entry.mode, mtime: entry.modified, size }, content);
  } finally {
    await handle.close();
  }
}

function addEntry(archive: Pack, header: EntryHeader, content?: AsyncIterable<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = archive.entry(header, (error) => (error ? reject(error) : resolve()));
    if (content !== undefined) feed(sink, content).catch(reject);
  });
}

async function feed(sink: ReturnType<Pack['entry']>, content: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of content) if (!sink.write(chunk) && !(await drained(sink))) return;
  sink.end(undefined);
}

/** @returns false when the archive was aborted meanwhile */
function drained(sink: ReturnType<Pack['entry']>): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDrained: boolean) => {
      sink.off('drain', onDrain).off('close', onClose);
      resolve(isDrained);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    sink.on('drain', onDrain).on('close', onClose);
    if (sink.destroying) settle(false);
  });
}
