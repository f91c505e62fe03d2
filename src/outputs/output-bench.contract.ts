import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import type { ObjectStore } from '../objects/object-store.ts';
import { ExecError } from '../support/exec-error.ts';
import { createMask } from '../support/text/mask.ts';
import type { Output } from '../wire/plan/plan.ts';
import { collectedSchema } from '../wire/record/record.ts';
import { plainText } from '../wire/sentence.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import { createOutputCollector } from './create-output-collector.ts';
import type { OutputLimits } from './output-options.ts';
import { createPutOnlyStore } from './put-only-store.contract.ts';

export const root = '/workspace/output';

const wide: OutputLimits = {
  maxFileContentBytes: 100,
  maxAnswerContentBytes: 100_000,
  maxOutputBytes: 10_000,
  maxOutputFiles: 50,
  maxGraphBytes: 1000,
  uploadConcurrency: 2,
};

interface CollectOptions {
  readonly secrets?: readonly string[];
  readonly roomBytes?: number;
  readonly limits?: Partial<OutputLimits>;
  readonly store?: ObjectStore;
  readonly signal?: AbortSignal;
  readonly roots?: ReadonlyMap<string, string>;
}

/** A volume whose files are collected as those of `/workspace/output`. */
export interface OutputBench {
  /** Removed at the end, with all that a test puts there. */
  readonly base: string;
  /** The directory of the volume, in `base`. */
  readonly output: string;
  write(name: string, content?: string | Buffer): Promise<void>;
  collect(outputs: readonly Output[], options?: CollectOptions): Promise<CollectedOutputs>;
  close(): Promise<void>;
}

export async function openOutputBench(): Promise<OutputBench> {
  const base = await mkdtemp(join(tmpdir(), 'outputs-'));
  const output = join(base, 'volume');
  await mkdir(output);
  return {
    base,
    output,
    async write(name, content = 'x') {
      await mkdir(dirname(join(output, name)), { recursive: true });
      await writeFile(join(output, name), content);
    },
    async collect(outputs, options = {}) {
      const {
        limits = {},
        store = storeOf(new Map()),
        signal = new AbortController().signal,
        roots = new Map([[root, output]]),
        roomBytes = wide.maxAnswerContentBytes,
        secrets = [],
      } = options;
      const collect = createOutputCollector({ store, limits: { ...wide, ...limits } });
      const mask = createMask(secrets.map((secret) => Buffer.from(secret)));
      const collected = await collect(roots, outputs, signal, { roomBytes, mask });
      const parsed = collectedSchema.parse(collected);
      return { ...parsed, warnings: parsed.warnings.map(plainText) };
    },
    close: () => removeTree(base),
  };
}

type CollectedOutputs = Omit<z.infer<typeof collectedSchema>, 'warnings'> & { readonly warnings: readonly string[] };

/** A store in memory that refuses names with `refused` in them. */
export function storeOf(objects: Map<string, string>): ObjectStore {
  const store = createPutOnlyStore((name, content) => void objects.set(name, content));
  return {
    ...store,
    async put(target, body, stop) {
      if (target.name.includes('refused')) throw new ExecError('STORE_UNAVAILABLE', 'The store is full.');
      return store.put(target, body, stop);
    },
  };
}

export function files(...patterns: string[]): Output[] {
  return patterns.map((pattern, index) => ({
    kind: 'files',
    origin: `output.expected_files[${index}]`,
    root,
    pattern,
    required: true,
  }));
}
export const rest = { kind: 'rest', origin: 'output', root } as const satisfies Output;
export const graph = {
  kind: 'graph',
  origin: 'output.graph_update',
  path: `${root}/graph_update.json`,
} as const satisfies Output;
export const upload = {
  kind: 'upload',
  origin: 'output.minio_upload',
  root,
  prefix: 'executions/1/output',
} as const satisfies Output;

export const names = ({ files: collected }: { files: readonly { name: string }[] }) =>
  collected.map(({ name }) => name);
export const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
