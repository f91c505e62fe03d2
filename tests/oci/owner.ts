import { randomUUID } from 'node:crypto';
import { createOciRuntime } from '../../src/runtimes/oci/oci-runtime.ts';
import { standardConfinement } from '../../src/wire/plan/plan.ts';
import { optionsBelow } from './options-below.ts';

/**
 * A process that owns a running container: it prints both handles as one line of JSON and then waits to be killed.
 * Arguments: the directory of the runtime, an image in its store, a shell script to run.
 */
const [base = '', image = '', script = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
const runtime = await createOciRuntime(optionsBelow(base));
const sandbox = await runtime.openSandbox(
  {
    executionId: randomUUID(),
    deployment: 'contract',
    fence: 1,
    volumes: [{ path: '/workspace/output', access: 'read-write' }],
    scratch: ['/tmp'],
    resources: { cpus: 1, memoryBytes: 64 * 1024 ** 2, pids: 32, scratchBytes: 1024 ** 2 },
    confinement: standardConfinement,
  },
  signal,
);
const container = await sandbox.create({
  step: {
    image: { reference: image, pull: 'never' },
    command: ['sh', '-c', script],
    env: {},
    workingDir: '/',
    readOnlyRoot: false,
    ignoreError: false,
  },
  image: await runtime.images.ensure(image, { pull: 'never', signal }),
});
await container.start();
process.stdout.write(`${JSON.stringify({ sandbox: sandbox.handle, container: container.handle })}\n`);
await container.wait(signal);
