import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { asFailure, ExecError } from '../../../support/exec-error.ts';
import type { Output } from '../../../wire/plan/plan.ts';
import type { Failure } from '../../../wire/record/record.ts';
import { createWorkspace, type Workspace } from '../../../workspace/create-workspace.ts';
import { resolveInVolumes } from '../../../workspace/resolve-in-volumes.ts';
import { packTree } from '../../../workspace/tar/pack-tree.ts';
import { unpackTar } from '../../../workspace/tar/unpack-tar.ts';
import type { MeasureUsage } from '../../../workspace/tree/measure-usage.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { Mount } from '../container/container-body.ts';
import { removeVolume } from '../container/remove-container.ts';
import { type Answer, valueOrThrow } from '../engine/connect-engine.ts';
import { containerSchema } from '../engine/engine-schemas.ts';
import { createHelper } from '../helpers/helper-container.ts';
import { labels, labelsOf } from '../labels.ts';
import { meterDirectories } from './meter-directories.ts';
import { type Transfer, type TransferContext, type TransferSpec, workspaceSpec } from './transfer.ts';

// Staging has limited the inputs already.
const unbounded = Number.MAX_SAFE_INTEGER;

/**
 * Volumes of the engine, filled and read through the archive API and a helper container, for an engine on another
 * machine or an agent that itself runs in a container. The workspace here is where inputs are put together and where
 * outputs are looked through. What containers write is out of sight while they run, unless the engine is on this machine
 * after all: its bounds hold at the collection.
 */
export async function createArchiveTransfer(context: TransferContext, spec: TransferSpec): Promise<Transfer> {
  const workspace = await createWorkspace(workspaceSpec(context, spec));
  try {
    const answer = await createHelper(context.engine, mountsOf(spec, { writable: true }), {
      ...labelsOf(spec, spec.sandboxId),
      [labels.role]: 'helper',
    });
    const helper = valueOrThrow(answer, 'create the helper that carries the data');
    const inspected = await inspectHelper(context, helper);
    const made = valueOrThrow(inspected, 'inspect the helper that carries the data');
    return transferOf(context, spec, { workspace, helper, usage: await meterVolumes(made, spec) });
  } catch (error) {
    await workspace.remove();
    throw error;
  }
}

/** The same for a sandbox that was made before; undefined when its helper is gone. */
export async function openArchiveTransfer(
  context: TransferContext,
  spec: TransferSpec,
  helper: string,
): Promise<Transfer | undefined> {
  const answer = await inspectHelper(context, helper);
  if (!answer.ok && answer.status === 404) return undefined;
  const found = valueOrThrow(answer, 'inspect the helper that carries the data');
  // Everything of worth is in the volumes by now, so the workspace here is made anew, also where it was lost.
  const workspace = await createWorkspace(workspaceSpec(context, spec));
  return transferOf(context, spec, { workspace, helper, usage: await meterVolumes(found, spec) });
}

type Helper = z.infer<typeof containerSchema>;

function inspectHelper({ engine }: TransferContext, helper: string): Promise<Answer<Helper>> {
  return engine.ask({ method: 'GET', path: `/containers/${helper}/json` }, containerSchema);
}

/** What containers write to, as long as it is in sight; undefined elsewhere. */
function meterVolumes({ Mounts }: Helper, { volumes }: TransferSpec): Promise<MeasureUsage | undefined> {
  const writable = new Set(volumes.filter(({ access }) => access === 'read-write').map(({ path }) => path));
  const written = (Mounts ?? []).filter(({ Destination }) => writable.has(Destination));
  return meterDirectories(written.map(({ Source }) => Source));
}

interface Places {
  readonly workspace: Workspace;
  readonly helper: string;
  readonly usage: MeasureUsage | undefined;
}

function transferOf(context: TransferContext, spec: TransferSpec, { workspace, helper, usage }: Places): Transfer {
  const { engine, limits, staging } = context;
  const unpackLimits = {
    maxBytes: limits.archiveBytes,
    maxEntries: limits.archiveEntries,
    maxDepth: limits.archiveDepth,
  };
  const upload = async (signal: AbortSignal): Promise<void> => {
    const trees = [...workspace.roots].map(([path, directory]) => ({ directory, prefix: path.slice(1) }));
    if (trees.length === 0) return;
    const tar = packTree(trees, { maxEntries: unbounded, maxDepth: unbounded, signal });
    const request = {
      method: 'PUT',
      path: `/containers/${helper}/archive`,
      query: { path: '/' },
      tar,
      signal,
    } as const;
    valueOrThrow(await engine.tell(request), 'take the inputs');
  };

  const download = async (
    path: string,
    directory: string,
    { links, signal }: { readonly links: 'make' | undefined; readonly signal: AbortSignal },
  ): Promise<readonly string[]> => {
    const request = { method: 'GET', path: `/containers/${helper}/archive`, query: { path }, signal } as const;
    const { body, explain } = valueOrThrow(await engine.stream(request), `read ${path}`);
    try {
      // What an earlier collection brought must not be taken for what is there now.
      await removeTree(directory);
      await mkdir(directory);
      const options = { ...unpackLimits, directory, stripParts: 1, others: 'skip', links, signal } as const;
      const { skipped } = await unpackTar(body, options);
      return skipped.map(({ name, what }) => `${name} was left out: it is a ${what}`);
    } catch (error) {
      throw explain(error);
    } finally {
      body.destroy();
    }
  };

  /** Engines mount a part of a volume only since API 1.45. */
  const place = async (container: string): Promise<void> => {
    for (const { path, files = [] } of spec.volumes)
      for (const name of files) {
        const read = {
          method: 'GET',
          path: `/containers/${helper}/archive`,
          query: { path: join(path, name) },
        } as const;
        const { body, explain } = valueOrThrow(await engine.stream(read), `read ${join(path, name)}`);
        const write = { method: 'PUT', path: `/containers/${container}/archive`, query: { path }, tar: body } as const;
        try {
          valueOrThrow(await engine.tell(write), `place ${join(path, name)}`);
        } catch (error) {
          throw body.errored === null ? error : explain(error);
        } finally {
          body.destroy();
        }
      }
  };

  return {
    mounts: mountsOf(spec).filter((_, index) => spec.volumes[index]?.files === undefined),
    place,
    handle: { transfer: 'archive', helper },
    usage,

    async stage(inputs, signal) {
      const report = await staging.stage(workspace.roots, inputs, signal);
      await upload(signal);
      return report;
    },

    async collect(outputs, signal, options) {
      const failures: Failure[] = [];
      const warnings: string[] = [];
      const links = outputs.some((output) => 'links' in output) ? 'make' : undefined;
      const places = outputs.flatMap(placeOf);
      const wanted = new Set(places.map((place) => resolveInVolumes(workspace.roots, place)?.root));
      for (const { path, access } of spec.volumes) {
        const directory = workspace.roots.get(path);
        if (access === 'read-only' || directory === undefined || !wanted.has(directory)) continue;
        try {
          warnings.push(...(await download(path, directory, { links, signal })));
        } catch (error) {
          // What did arrive is looked through all the same.
          failures.push(failureOfContent(error));
        }
      }
      const collected = await staging.collect(workspace.roots, outputs, signal, options);
      return {
        ...collected,
        failures: [...failures, ...collected.failures],
        warnings: [...warnings, ...collected.warnings],
      };
    },

    async remove() {
      await Promise.all(spec.volumes.map((_, index) => removeVolume(engine, volumeName(spec, index))));
      await workspace.remove();
    },
  };
}

/** An output that is too large or odd is the container's doing; everything else is thrown on. */
function failureOfContent(error: unknown): Failure {
  if (error instanceof ExecError && ['OUTPUT_TOO_LARGE', 'OUTPUT_INVALID'].includes(error.code)) {
    return asFailure(error);
  }
  throw error;
}

function placeOf(output: Output): readonly string[] {
  if (output.kind === 'overflow') return [];
  return [output.kind === 'graph' ? output.path : output.root];
}

function mountsOf(spec: TransferSpec, { writable = false } = {}): readonly Mount[] {
  return spec.volumes.map(({ path, access }, index) => ({
    Type: 'volume',
    Source: volumeName(spec, index),
    Target: path,
    ReadOnly: access === 'read-only' && !writable,
    VolumeOptions: { NoCopy: true, Labels: labelsOf(spec, spec.sandboxId) },
  }));
}

function volumeName({ sandboxId }: TransferSpec, index: number): string {
  return `exec-${sandboxId}-${index}`;
}
