import type { Container, Runtime, Sandbox } from '../../src/runtimes/runtime.ts';

/** The boundaries between the phases of an execution that only its agent sees. */
export const crashPoints = [
  'after it took the request',
  'after the sandbox was recorded',
  'after the container was created, before that was recorded',
  'after the container was recorded, before its start',
  'right after the start',
  'after the exit, before collecting',
  'when collecting begins',
  'after collecting, before the answer',
  'after the answer, before the removal',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** The variable that tells an agent of the tests where to die. */
export const crashVariable = 'EXEC_TEST_CRASH_AT';

/**
 * A runtime whose process dies at that point, as if killed: nothing of it runs any more.
 * @param onlyWaited with the first container that was started before it had its command
 */
export function crashingRuntime(runtime: Runtime, crashAt: CrashPoint, onlyWaited: boolean): Runtime {
  const reach = (point: CrashPoint, container?: Container) => {
    if (onlyWaited && container?.handle.waited !== true) return;
    if (point === crashAt) process.kill(process.pid, 'SIGKILL');
  };

  const watchContainer = (container: Container): Container => ({
    ...container,
    async start() {
      reach('after the container was recorded, before its start', container);
      await container.start();
      reach('right after the start', container);
    },
    async wait(signal) {
      const exit = await container.wait(signal);
      reach('after the exit, before collecting', container);
      return exit;
    },
  });

  const watchSandbox = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    stage(inputs, signal, tenant) {
      reach('after the sandbox was recorded');
      return sandbox.stage(inputs, signal, tenant);
    },
    async create(spec) {
      const container = await sandbox.create(spec);
      reach('after the container was created, before that was recorded', container);
      return watchContainer(container);
    },
    async collect(outputs, signal, roomBytes) {
      reach('when collecting begins');
      const collected = await sandbox.collect(outputs, signal, roomBytes);
      reach('after collecting, before the answer');
      return collected;
    },
    remove() {
      reach('after the answer, before the removal');
      return sandbox.remove();
    },
  });

  return {
    ...runtime,
    images: {
      ...runtime.images,
      ensure(reference, options) {
        reach('after it took the request');
        return runtime.images.ensure(reference, options);
      },
    },
    openSandbox: async (spec, signal) => watchSandbox(await runtime.openSandbox(spec, signal)),
  };
}
