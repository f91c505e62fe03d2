import { randomUUID } from 'node:crypto';
import type { LogChunk, Runtime, Sandbox, SandboxSpec, SecretValue } from '../../src/runtimes/runtime.ts';
import { type Step, standardConfinement } from '../../src/wire/plan/plan.ts';
import type { Exit } from '../../src/wire/record/record.ts';

const MiB = 1024 ** 2;
export const never = new AbortController().signal;

export interface Ran {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

export function specOf(resources: Partial<SandboxSpec['resources']> = {}): SandboxSpec {
  return {
    executionId: randomUUID(),
    deployment: 'contract',
    fence: 1,
    volumes: [{ path: '/workspace/output', access: 'read-write' }],
    scratch: ['/tmp', '/workspace'],
    resources: { cpus: 1, memoryBytes: 512 * MiB, pids: 128, scratchBytes: 16 * MiB, ...resources },
    confinement: standardConfinement,
  };
}

export async function withSandbox<T>(runtime: Runtime, body: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const sandbox = await runtime.openSandbox(specOf(), never);
  try {
    return await body(sandbox);
  } finally {
    await sandbox.remove();
  }
}

export async function createIn(
  runtime: Runtime,
  sandbox: Sandbox,
  image: string,
  more: Partial<Step>,
  secrets: readonly SecretValue[] = [],
) {
  const step: Step = {
    image: { reference: image, pull: 'never' },
    env: {},
    workingDir: '/workspace',
    readOnlyRoot: false,
    ignoreError: false,
    ...more,
  };
  const found = await runtime.images.ensure(image, { pull: 'never', signal: never });
  return sandbox.create({ step, image: found, secrets });
}

/** One container from start to end, and nothing of it left. */
export function runStep(runtime: Runtime, image: string, more: Partial<Step>): Promise<Ran> {
  return withSandbox(runtime, async (sandbox) => {
    const container = await createIn(runtime, sandbox, image, more);
    await container.start();
    const [exit, chunks] = await Promise.all([container.wait(never), readAll(container.logs({ signal: never }))]);
    return { exit, stdout: textOf(chunks, 'stdout'), stderr: textOf(chunks, 'stderr') };
  });
}

export async function readAll(logs: AsyncIterable<LogChunk>): Promise<readonly LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of logs) chunks.push(chunk);
  return chunks;
}

export function textOf(chunks: readonly LogChunk[], stream: LogChunk['stream']): string {
  const wanted = chunks.filter((chunk) => chunk.stream === stream);
  return Buffer.concat(wanted.map(({ data }) => data)).toString();
}
