import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { openDataProgram } from '../../src/runtimes/beside/open-data-program.ts';
import type { Container, LogChunk, Runtime, Sandbox, SandboxSpec, Sources } from '../../src/runtimes/runtime.ts';
import { deferred } from '../../src/support/time/deferred.ts';
import type { Exit } from '../../src/wire/record/record.ts';
import { mountBox, startInBox, volumesIn } from './open-box.ts';
import { openPrivatePlace, type PrivatePlace } from './private-place.ts';

export interface ElsewhereOptions {
  readonly sources: Sources;
  /** A directory with the system that its one image is. */
  readonly tree: string;
  /** Called with each place that is opened. */
  readonly onPlace: (place: PrivatePlace) => void;
}

/**
 * A driver with no directory on this host: its data is in the memory of a child process, and gets there and back by the
 * program beside the data alone. It isolates nothing; it is there for the contract about data.
 */
export function createElsewhereRuntime({ sources, tree, onPlace }: ElsewhereOptions): Runtime {
  const openSandbox = async (spec: SandboxSpec): Promise<Sandbox> => {
    const place = await openPrivatePlace();
    onPlace(place);
    const roots = volumesIn(place, spec);
    const running = new Set<ChildProcess>();
    let made = 0;
    for (const { path, access } of spec.volumes)
      await place.run(`mkdir -m ${access === 'read-write' ? '777' : '755'} ${roots.get(path)}`);

    const ask = async <T>(
      task: 'stage' | 'collect',
      work: (program: ReturnType<typeof openDataProgram>) => Promise<T>,
    ): Promise<T> => {
      const { connection, ended } = place.connect(task);
      const program = openDataProgram(connection, sources);
      try {
        return await work(program);
      } finally {
        program.close();
        await ended;
      }
    };

    return {
      handle: { sandbox: spec.executionId },
      stage: (inputs, signal) => ask('stage', (program) => program.stage(roots, inputs, signal)),
      collect: (outputs, signal, options) =>
        ask('collect', (program) => program.collect(roots, outputs, signal, options)),
      async create({ step }) {
        made += 1;
        const root = await mountBox(place, { spec, step, tree, index: made });
        return containerOf(() => {
          const child = startInBox(place, root, step);
          running.add(child);
          return child;
        });
      },
      recoverContainer: async () => undefined,
      async remove() {
        for (const child of running) child.kill('SIGKILL');
        await place.remove();
      },
    };
  };

  return {
    name: 'elsewhere',
    capabilities: { place: 'cluster', hostImage: false, openNetwork: false, limits: false, gpus: false },
    images: { ensure: async (reference) => ({ reference, digest: `sha256:${'0'.repeat(64)}` }) },
    probe: async () => ({ ok: true, reason: 'it is there for tests' }),
    programs: async () => [],
    lacksOciRuntime: async () => 'it has none',
    servesContainers: async () => ({ ok: false, reason: 'it has no networks' }),
    home: async () => 'elsewhere',
    openSandbox,
    recoverSandbox: async () => undefined,
    sweep: async () => [],
    close: async () => undefined,
  };
}

function containerOf(startChild: () => ChildProcess): Container {
  const chunks: LogChunk[] = [];
  let changed = deferred();
  let exit: Exit | undefined;
  let child: ChildProcess | undefined;
  const change = () => {
    changed.resolve();
    changed = deferred();
  };
  return {
    handle: { container: 'elsewhere' },
    async start() {
      const started = startChild();
      child = started;
      for (const stream of ['stdout', 'stderr'] as const)
        started[stream]?.on('data', (data: Buffer) => {
          chunks.push({ stream, time: Date.now(), data, position: String(chunks.length) });
          change();
        });
      started.stdin?.end();
      started.once('close', (code, signal) => {
        exit = { code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), reason: 'exited' };
        change();
      });
    },
    async *logs() {
      for (let next = 0; ; ) {
        const chunk = chunks[next];
        if (chunk !== undefined) {
          next += 1;
          yield chunk;
        } else if (exit !== undefined) return;
        else await changed.promise;
      }
    },
    async wait() {
      while (exit === undefined) await changed.promise;
      return exit;
    },
    async stop() {
      if (child === undefined || exit !== undefined) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}
