import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import {
  type Confinement,
  type Input,
  type Output,
  type Resources,
  type Step,
  standardConfinement,
} from '../../wire/plan/plan.ts';
import type { Collected, Exit } from '../../wire/record/record.ts';
import type { Container, LogChunk, Runtime, Sandbox, SandboxNetwork, SandboxSpec, StepSpec } from '../runtime.ts';

/** A runtime over real parts, and what the suite needs to look behind it. */
export interface RuntimeBench {
  readonly runtime: Runtime;
  /** Another instance over the same parts and directories, as after a restart of the agent. */
  restart(): Promise<Runtime>;
  readonly images: {
    /** An image of busybox whose own command is `/bin/sh`. */
    readonly shell: string;
    /** Makes an image of busybox; returns its reference. */
    make(image: MadeImage): Promise<string>;
  };
  /** Containers, volumes, namespaces, mounts, cgroups, workspaces that the driver has here now, one line each. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface MadeImage {
  readonly name: string;
  /** Fields of its configuration, as the OCI image specification calls them. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Its further files, by path without the first slash. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface SkippedCase {
  readonly case: string;
  readonly reason: string;
}

/** Declares one case of the suite; its bench is open by the time it runs. */
export type Check = (title: string, body: (bench: RuntimeBench) => Promise<void>) => void;

/** Registers cases with vitest. A skipped one says why in its title; a skip that names no case is an error. */
export function createCheck(bench: () => RuntimeBench, skipped: readonly SkippedCase[]) {
  const titles = new Set<string>();
  const checkWith =
    (run: (title: string, body: () => Promise<void>) => void): Check =>
    (title, body) => {
      titles.add(title);
      const skip = skipped.find((entry) => entry.case === title);
      if (skip !== undefined) test.skip(`${title} (skipped: ${skip.reason})`);
      else run(title, () => body(bench()));
    };
  const check = checkWith(test);
  /** For cases that neither look at what others left nor at this process: those of one suite run together. */
  const checkTogether = checkWith(test.concurrent);
  const finish = (): void => {
    const unknown = skipped.filter((entry) => !titles.has(entry.case));
    if (unknown.length > 0) throw new Error(`no such case to skip: ${unknown.map((entry) => entry.case).join(', ')}`);
  };
  return { check, checkTogether, finish };
}

export const deployment = 'contract';
export const never: AbortSignal = new AbortController().signal;
const MiB = 1024 * 1024;

export interface BoxOptions {
  readonly deployment?: string;
  readonly resources?: Partial<Resources>;
  readonly confinement?: Partial<Confinement>;
  readonly scratch?: readonly string[];
  /** With a read-only one where a step has standard streams from files. */
  readonly volumes?: SandboxSpec['volumes'];
  readonly network?: SandboxNetwork;
  /** All steps that will run in it. */
  readonly steps?: readonly StepSpec[];
}

export function specOf(options: BoxOptions = {}): SandboxSpec {
  return {
    executionId: randomUUID(),
    deployment: options.deployment ?? deployment,
    fence: 1,
    volumes: options.volumes ?? [
      { path: '/workspace/input', access: 'read-only' },
      { path: '/workspace/config', access: 'read-only' },
      { path: '/workspace/output', access: 'read-write' },
    ],
    scratch: options.scratch ?? ['/tmp', '/workspace'],
    resources: { cpus: 1, memoryBytes: 256 * MiB, pids: 64, scratchBytes: 16 * MiB, ...options.resources },
    confinement: { ...standardConfinement, ...options.confinement },
    ...(options.network === undefined ? {} : { network: options.network }),
    ...(options.steps === undefined ? {} : { steps: options.steps }),
  };
}

/** Opens a sandbox, runs the body and always removes the sandbox afterwards. */
export async function inSandbox<T>(
  runtime: Runtime,
  options: BoxOptions,
  body: (sandbox: Sandbox, spec: SandboxSpec) => Promise<T>,
): Promise<T> {
  const spec = specOf(options);
  const sandbox = await runtime.openSandbox(spec, never);
  try {
    return await body(sandbox, spec);
  } finally {
    await sandbox.remove();
  }
}

export interface StepOptions extends Partial<Omit<Step, 'image'>> {
  /** Run by `/bin/sh -c`, in place of `command`. */
  readonly script?: string;
  /** Default: the shell. */
  readonly reference?: string;
}

/** Ensures the image and creates the container; it is not started. */
export async function createContainer(
  bench: RuntimeBench,
  sandbox: Sandbox,
  options: StepOptions,
  runtime: Runtime = bench.runtime,
): Promise<Container> {
  return sandbox.create(await stepSpecOf(bench, options, runtime));
}

/** Ensures the image. */
export async function stepSpecOf(
  bench: RuntimeBench,
  options: StepOptions,
  runtime: Runtime = bench.runtime,
): Promise<StepSpec> {
  const { script, reference = bench.images.shell, ...rest } = options;
  const image = await runtime.images.ensure(reference, { pull: 'missing', signal: never });
  const step: Step = {
    image: { reference, pull: 'missing' },
    env: {},
    workingDir: '/workspace',
    readOnlyRoot: false,
    ignoreError: false,
    ...(script === undefined ? {} : { command: ['/bin/sh', '-c', script] }),
    ...rest,
  };
  return { step, image };
}

export async function startContainer(bench: RuntimeBench, sandbox: Sandbox, options: StepOptions): Promise<Container> {
  const container = await createContainer(bench, sandbox, options);
  await container.start();
  return container;
}

export interface Finished {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
  readonly chunks: readonly LogChunk[];
}

/** Follows a started container to its end. */
export async function follow(container: Container): Promise<Finished> {
  const [exit, chunks] = await Promise.all([container.wait(never), readLogs(container)]);
  return { exit, chunks, stdout: textOf(chunks, 'stdout'), stderr: textOf(chunks, 'stderr') };
}

export async function readLogs(container: Container, from?: string): Promise<readonly LogChunk[]> {
  const chunks: LogChunk[] = [];
  const options = from === undefined ? { signal: never } : { signal: never, from };
  for await (const chunk of container.logs(options)) chunks.push(chunk);
  return chunks;
}

export function textOf(chunks: readonly LogChunk[], stream?: LogChunk['stream']): string {
  const wanted = chunks.filter((chunk) => stream === undefined || chunk.stream === stream);
  return Buffer.concat(wanted.map((chunk) => chunk.data)).toString('utf8');
}

export interface RunOptions extends StepOptions {
  readonly box?: BoxOptions;
  readonly inputs?: readonly Input[];
  readonly outputs?: readonly Output[];
}

/** One whole execution of one step. */
export async function run(
  bench: RuntimeBench,
  options: RunOptions,
): Promise<Finished & { readonly collected: Collected }> {
  const { box = {}, inputs = [], outputs = [], ...step } = options;
  const first = await stepSpecOf(bench, step);
  return inSandbox(bench.runtime, { ...box, steps: [first] }, async (sandbox) => {
    await sandbox.stage(inputs, never);
    const container = await startContainer(bench, sandbox, step);
    const finished = await follow(container);
    return { ...finished, collected: await sandbox.collect(outputs, never) };
  });
}

const ticksPerSecond = 100;

/** Half a second of CPU, and 50 MiB that are touched; with bounds for what is reported of it. */
export const usesMuch = {
  script: `busy() { i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done; read -r stat < /proc/$$/stat; set -- $stat; [ $((\${14} + \${15})) -lt ${ticksPerSecond / 2} ]; }
    while busy; do :; done; dd if=/dev/zero of=/dev/null bs=50M count=1`,
  usage: () => ({
    cpuSeconds: expect.toSatisfy((seconds: number) => seconds > 0.4 && seconds < 30),
    memoryPeakBytes: expect.toSatisfy((bytes: number) => bytes > 45 * MiB && bytes < 200 * MiB),
  }),
};

/** Reads until what was read holds the text; for scripts that say when they are ready. */
export async function untilLogged(container: Container, text: string): Promise<readonly LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of container.logs({ signal: never })) {
    chunks.push(chunk);
    if (textOf(chunks).includes(text)) return chunks;
  }
  throw new Error(
    `the container ended and never wrote ${JSON.stringify(text)}, only ${JSON.stringify(textOf(chunks))}`,
  );
}

/** The ExecError that the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<ExecError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ExecError) return error;
    throw error;
  }
  throw new Error('it should have failed and did not');
}

export function inputFile(path: string, content: string, mode?: number): Input {
  const file = { kind: 'inline', origin: 'input.files[0]', path, content, encoding: 'utf8' } as const;
  return mode === undefined ? file : { ...file, mode };
}

export function outputFiles(pattern: string, more: { readonly links?: 'inside' } = {}): Output {
  return {
    ...more,
    kind: 'files',
    origin: 'output.expected_files[0]',
    root: '/workspace/output',
    pattern,
    required: true,
  };
}
