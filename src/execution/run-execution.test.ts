import { expect, test } from 'vitest';
import { planOf } from '../../tests/example-plan.ts';
import { createScriptedRuntime, type Script } from '../../tests/scripted-runtime.ts';
import type { SecretValue } from '../runtimes/runtime.ts';
import { systemClock } from '../support/clock.ts';
import { ExecError } from '../support/exec-error.ts';
import { createSilentLogger } from '../telemetry/log.ts';
import { type ExecutionPlan, standardConfinement } from '../wire/plan.ts';
import type { ContainerProgress, Outcome, Progress } from '../wire/record.ts';
import type { ExecutionLimits, ExecutionTools } from './execution-tools.ts';
import { resumeExecution } from './resume-execution.ts';
import { runExecution } from './run-execution.ts';

const limits: ExecutionLimits = {
  pullMs: 1000,
  stageMs: 1000,
  collectMs: 1000,
  stopGraceMs: 10,
  logDrainMs: 1000,
  layerBytes: 1024 ** 3,
  layerFiles: 1000,
  layerCheckMs: { longest: 1000, shortest: 100 },
  answerBytes: 8 * 1024 ** 2,
  logKeepBytes: 100,
  logBytes: 1000,
  logLines: 100,
  logOverflow: 'stop',
  outputBytes: 1000,
  outputFiles: 10,
  outputDepth: 10,
  outputCheckMs: { longest: 10, shortest: 1 },
};

interface Trial {
  readonly script?: Script;
  readonly plan?: Partial<ExecutionPlan>;
  readonly limits?: Partial<ExecutionLimits>;
  readonly signal?: AbortSignal;
  readonly detach?: AbortSignal;
  readonly resume?: ContainerProgress;
  /** It may not wait for its runtime any more. */
  readonly putBackOften?: boolean;
  /** Another attempt has taken over when the outcome is to be recorded. */
  readonly tooLate?: boolean;
  readonly secrets?: readonly SecretValue[];
  readonly onKeep?: (progress: Progress) => void;
}

const never = new AbortController().signal;

async function play(trial: Trial) {
  const runtime = createScriptedRuntime(trial.script);
  const plan = planOf({ timeoutSeconds: 5, ...trial.plan });
  const kept: Progress[] = [];
  const outcomes: Outcome[] = [];
  let callsWhenAnswered: readonly string[] = [];
  const job = { plan, queuedMs: 3, signal: trial.signal ?? never, detach: trial.detach ?? never };
  const tools: ExecutionTools = {
    runtime,
    services: { open: () => expect.unreachable('no service was granted') },
    deployment: 'd',
    limits: { ...limits, ...trial.limits },
    clock: systemClock,
    logger: createSilentLogger(),
    observe: () => undefined,
    judgeImage: async () => ({ warnings: [] }),
    readSecrets: async () => trial.secrets ?? [],
    journal: {
      async keep(progress) {
        kept.push(progress);
        trial.onKeep?.(progress);
      },
      putBack: () => trial.putBackOften !== true,
      async finish(outcome) {
        outcomes.push(outcome);
        callsWhenAnswered = [...runtime.calls];
        return trial.tooLate !== true;
      },
    },
  };
  const ended =
    trial.resume === undefined ? await runExecution(job, tools) : await resumeExecution(job, trial.resume, tools);
  return { ended, outcomes, kept, calls: runtime.calls, callsWhenAnswered: () => callsWhenAnswered };
}

async function run(trial: Trial) {
  const { ended, outcomes, kept, calls, callsWhenAnswered } = await play(trial);
  const [outcome] = outcomes;
  if (outcome === undefined || outcomes.length > 1) throw new Error(`${outcomes.length} outcomes`);
  expect(ended).toBe('finished');
  return { outcome, kept, calls, callsWhenAnswered: callsWhenAnswered() };
}

test('the answer comes before the clean-up, and the clean-up always comes', async () => {
  const { calls, callsWhenAnswered, outcome } = await run({});
  expect(callsWhenAnswered).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'collect']);
  expect(calls.at(-1)).toBe('remove');
  expect(outcome.failure).toBeUndefined();
  expect(Object.keys(outcome.phases).sort()).toEqual(['collected', 'queued', 'ran', 'staged', 'started']);
});

test('every handle is recorded before it is relied upon', async () => {
  const { kept } = await run({});
  expect(kept).toMatchObject([
    { state: 'staging', sandbox: { sandbox: 'scripted' } },
    { state: 'running', container: { container: 'scripted' } },
    { state: 'collecting' },
  ]);
});

test('a failing command is EXIT_NONZERO and its outputs are still collected', async () => {
  const { outcome, calls } = await run({
    script: {
      exit: { code: 3, reason: 'exited' },
      collected: { missing: ['a'], failures: [{ code: 'OUTPUT_MISSING', message: 'a was not written' }] },
    },
  });
  expect(outcome.failure?.code).toBe('EXIT_NONZERO');
  expect(outcome.failure?.message).toContain('code 3');
  expect(outcome.warnings).toContain('a was not written');
  expect(outcome.collected?.missing).toEqual(['a']);
  expect(calls).toContain('collect');
});

test('a missing output fails an execution whose command did well', async () => {
  const failures = [{ code: 'OUTPUT_MISSING' as const, message: 'a was not written' }];
  const { outcome } = await run({ script: { collected: { missing: ['a'], failures } } });
  expect(outcome.failure).toEqual(failures[0]);
});

test('a timeout stops the container, and what it wrote is collected', async () => {
  const { outcome, calls } = await run({
    script: { runsUntilStopped: true, output: [{ stream: 'stdout', text: 'half' }] },
    plan: { timeoutSeconds: 0.02 },
  });
  expect(outcome.failure?.code).toBe('TIMEOUT');
  expect(outcome.exit?.code).toBe(143);
  expect(outcome.output).toBe('half');
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'stop', 'collect', 'remove']);
});

test.each([
  ['bytes', 'more than 1000 B', 'EXEC_OUTPUT_MAX'],
  ['files', 'more than 10 files', 'EXEC_OUTPUT_FILES_MAX'],
  ['depth', 'more than 10 deep', 'Nest them less'],
])('too many %s in the output stop the container while it runs, and what it wrote is collected', async (what, ...parts) => {
  let looks = 0;
  const usage = () => {
    looks += 1;
    return { bytes: 0, files: 0, depth: 0, [what]: looks < 3 ? 1 : 2000 };
  };
  const { outcome, calls } = await run({ script: { runsUntilStopped: true, usage } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  for (const part of parts) expect(outcome.failure?.message).toContain(part);
  expect(outcome.exit?.code).toBe(143);
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'stop', 'collect', 'remove']);
  expect(looks).toBe(3);
});

test('an output that cannot be looked at is a warning, and the container goes on', async () => {
  const usage = () => {
    throw new Error('EIO');
  };
  const { outcome } = await run({ script: { runsUntilStopped: true, usage }, plan: { timeoutSeconds: 0.1 } });
  expect(outcome.failure?.code).toBe('TIMEOUT');
  expect(outcome.warnings.join()).toContain('could not be watched: EIO');
});

test('more log than allowed stops the container, or is cut with a mark and the container goes on', async () => {
  const output = Array.from({ length: 30 }, () => ({ stream: 'stdout' as const, text: `${'x'.repeat(49)}\n` }));
  const stopped = await run({ script: { output, runsUntilStopped: true } });
  expect(stopped.outcome.failure?.message).toContain('1000 B');
  expect(stopped.calls).toContain('stop');
  const cut = await run({
    script: { output },
    limits: { logOverflow: 'cut', logKeepBytes: 10_000 },
    plan: { returnLogs: true },
  });
  expect(cut.outcome.failure).toBeUndefined();
  expect(cut.calls).not.toContain('stop');
  const mark = 'the log was cut here: the container wrote more than 1000 B (EXEC_LOG_MAX)';
  expect(cut.outcome.output).toBe(`${`${'x'.repeat(49)}\n`.repeat(20)}\n[… ${mark} …]\n`);
  expect(cut.outcome.logs).toContain(`agent ${mark}\n`);
  expect(cut.outcome.warnings.join()).toContain('The log was cut');
});

test('lines are bounded too, however short they are', async () => {
  const output = Array.from({ length: 30 }, () => ({ stream: 'stdout' as const, text: '\n'.repeat(10) }));
  const { outcome } = await run({ script: { output, runsUntilStopped: true } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  expect(outcome.failure?.message).toContain('more than 100 lines (EXEC_LOG_LINES_MAX)');
});

test('canceling a running execution stops it and returns what it wrote', async () => {
  const canceling = new AbortController();
  const { outcome, calls } = await run({
    script: { runsUntilStopped: true },
    signal: canceling.signal,
    onKeep: ({ state }) => {
      if (state === 'running') setImmediate(() => canceling.abort(new ExecError('CANCELED', 'by the user')));
    },
  });
  expect(outcome.failure).toEqual({ code: 'CANCELED', message: 'by the user' });
  expect(calls).toContain('collect');
  expect(calls.at(-1)).toBe('remove');
});

test('canceling before the start starts nothing', async () => {
  const canceling = new AbortController();
  const { outcome, calls } = await run({
    signal: canceling.signal,
    onKeep: ({ state }) => {
      if (state === 'running') canceling.abort(new ExecError('CANCELED', 'by the user'));
    },
  });
  expect(outcome.failure?.code).toBe('CANCELED');
  expect(outcome.exit).toBeUndefined();
  expect(calls).not.toContain('start');
  expect(calls.at(-1)).toBe('remove');
});

test('a pull that fails makes no sandbox, and its code is the answer', async () => {
  const { outcome, calls } = await run({ script: { pullError: new ExecError('IMAGE_NOT_FOUND', 'no such image') } });
  expect(outcome.failure).toEqual({ code: 'IMAGE_NOT_FOUND', message: 'no such image' });
  expect(calls).toEqual(['ensure']);
});

test('inputs that cannot be staged end the execution before any container exists', async () => {
  const { outcome, calls } = await run({ script: { stageError: new ExecError('INPUT_NOT_FOUND', 'no such object') } });
  expect(outcome.failure?.code).toBe('INPUT_NOT_FOUND');
  expect(calls).toEqual(['ensure', 'open', 'stage', 'remove']);
});

test('a command that cannot be started is START_FAILED and nothing is collected', async () => {
  const { outcome, calls } = await run({ script: { startError: new ExecError('START_FAILED', 'no such command') } });
  expect(outcome.failure?.code).toBe('START_FAILED');
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'remove']);
});

test('a container that writes more than allowed is stopped with OUTPUT_TOO_LARGE', async () => {
  const flood = { stream: 'stdout', text: 'x'.repeat(600) } as const;
  const { outcome } = await run({ script: { runsUntilStopped: true, output: [flood, flood] } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  expect(outcome.output).toContain('left out');
  expect(outcome.output.length).toBeLessThan(200);
});

test('a log that is to be cut does not end the container', async () => {
  const flood = { stream: 'stdout', text: 'x'.repeat(2000) } as const;
  const { outcome } = await run({ script: { output: [flood] }, limits: { logOverflow: 'cut' } });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.warnings.join()).toContain('left out');
});

test('output that still comes after the exit is waited for as long as it comes', async () => {
  const output = ['a', 'b', 'c', 'd', 'e'].map((text) => ({ stream: 'stdout', text }) as const);
  const script = { output, outputPauseMs: 150 };
  expect((await run({ script, limits: { logDrainMs: 500 } })).outcome).toMatchObject({ output: 'abcde', warnings: [] });
  const { outcome } = await run({ script, limits: { logDrainMs: 10 } });
  expect(outcome.warnings.join()).toContain('still arriving');
});

test('running out of memory is said as such', async () => {
  const { outcome } = await run({ script: { exit: { code: 137, reason: 'out-of-memory' } } });
  expect(outcome.failure?.code).toBe('OUT_OF_MEMORY');
});

test('logs carry time, stream and the steps of the agent, and come only when asked for', async () => {
  const output = [{ stream: 'stderr', text: 'careful\n' }] as const;
  const { outcome } = await run({
    script: { output },
    plan: { returnLogs: true },
    limits: { logKeepBytes: 1000 },
  });
  expect(outcome.logs).toMatch(/^\S+Z agent image alpine is sha256:0$/m);
  expect(outcome.logs).toMatch(/^1970-01-01T00:00:00.000Z stderr careful$/m);
  expect((await run({ script: { output } })).outcome.logs).toBeUndefined();
});

const progress: ContainerProgress = {
  sandbox: { sandbox: 'scripted' },
  container: { container: 'scripted' },
  step: 0,
  startedAt: Date.now() - 2000,
  deadline: Date.now() + 60_000,
};

test('a container that goes on is let go of: no answer, nothing stopped, nothing removed', async () => {
  const leaving = new AbortController();
  const { ended, outcomes, calls } = await play({
    script: { runsUntilStopped: true },
    detach: leaving.signal,
    onKeep: ({ state }) => {
      if (state === 'running') setImmediate(() => leaving.abort());
    },
  });
  expect(ended).toBe('detached');
  expect(outcomes).toEqual([]);
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start']);
});

test('an agent that leaves before the start takes its sandbox with it and gives the execution back', async () => {
  const leaving = new AbortController();
  const { ended, outcomes, calls } = await play({
    detach: leaving.signal,
    onKeep: ({ state }) => {
      if (state === 'staging') leaving.abort();
    },
  });
  expect(ended).toBe('released');
  expect(outcomes).toEqual([]);
  expect(calls).not.toContain('start');
  expect(calls.at(-1)).toBe('remove');
});

test('a container that a vanished agent had started is followed to its end, with its whole run time', async () => {
  const { outcome, calls } = await run({ resume: progress, script: { output: [{ stream: 'stdout', text: 'all' }] } });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.output).toBe('all');
  expect(outcome.phases.ran).toBeGreaterThanOrEqual(2000);
  expect(calls).toEqual(['start', 'collect', 'remove']);
});

test('a container that ended in time while nobody looked did not time out', async () => {
  const { outcome } = await run({ resume: { ...progress, deadline: Date.now() - 5000 } });
  expect(outcome.failure).toBeUndefined();
});

test('the deadline that was first set still holds after a re-attach', async () => {
  const { outcome, calls } = await run({
    resume: { ...progress, deadline: Date.now() - 5000 },
    script: { runsUntilStopped: true },
  });
  expect(outcome.failure?.code).toBe('TIMEOUT');
  expect(calls).toContain('stop');
});

const away = new ExecError('RUNTIME_UNAVAILABLE', 'the engine is away', { context: { runtimeAway: true } });

test.each<Script>([
  { pullError: away },
  { stageError: away },
  { startError: away },
])('a runtime that is away before anything was started is waited for in the queue: %o', async (script) => {
  const { ended, outcomes, calls } = await play({ script });
  expect(ended).toBe('released');
  expect(outcomes).toEqual([]);
  expect(calls.filter((call) => call === 'remove')).toHaveLength(calls.includes('open') ? 1 : 0);
});

test('a runtime that is away too often, or for good, is answered', async () => {
  const often = await run({ putBackOften: true, script: { startError: away } });
  expect(often.outcome.failure).toEqual({ code: 'RUNTIME_UNAVAILABLE', message: away.message });
  const forGood = new ExecError('RUNTIME_UNAVAILABLE', 'a program is missing');
  expect((await run({ script: { pullError: forGood } })).outcome.failure?.message).toBe(forGood.message);
});

test('a container that may have run does not run again because its engine was lost', async () => {
  const context = { runtimeAway: true, mayHaveRun: true };
  const startError = new ExecError('RUNTIME_UNAVAILABLE', 'nobody knows', { context });
  expect((await run({ script: { startError } })).outcome.failure?.message).toBe('nobody knows');
});

test('what was canceled while its runtime was away is answered, not put back', async () => {
  const canceled = new AbortController();
  const script = { startError: away, onStart: () => canceled.abort(new ExecError('CANCELED', 'by the user')) };
  expect((await run({ script, signal: canceled.signal })).outcome.failure?.code).toBe('CANCELED');
});

test('an agent that leaves while a container is being started leaves it to the next one', async () => {
  const leaving = new AbortController();
  const script = { startError: away, onStart: () => leaving.abort() };
  const { ended, calls } = await play({ script, detach: leaving.signal });
  expect(ended).toBe('detached');
  expect(calls).not.toContain('remove');
});

test('a container whose engine stays away is answered in the end', async () => {
  const { outcome } = await run({ resume: progress, script: { recoverError: away } });
  expect(outcome.failure?.code).toBe('RUNTIME_UNAVAILABLE');
});

test('a container that its engine ended when it was stopped is no failing command', async () => {
  const { outcome, calls } = await run({ script: { exit: { code: 143, reason: 'runtime-stopped' } } });
  expect(outcome.failure?.code).toBe('RUNTIME_UNAVAILABLE');
  expect(calls).toContain('collect');
});

test('a handle that this runtime cannot read is answered', async () => {
  const recoverError = new ExecError('INTERNAL', 'made by another driver');
  expect((await run({ resume: progress, script: { recoverError } })).outcome.failure?.code).toBe('INTERNAL');
});

test('an attempt that finishes too late leaves the sandbox to the one that counts', async () => {
  const { ended, calls } = await play({ tooLate: true });
  expect(ended).toBe('detached');
  expect(calls).not.toContain('remove');
});

test('an attempt that lets go after another one has taken over leaves the sandbox to that one', async () => {
  const leaving = new AbortController();
  const states: string[] = [];
  const onKeep = ({ state }: Progress) => {
    states.push(state);
    if (states.length > 1) throw new ExecError('AGENT_LOST', 'taken over');
    leaving.abort();
  };
  await expect(play({ detach: leaving.signal, onKeep })).rejects.toMatchObject({ code: 'AGENT_LOST' });
});

test('a container that was being ended when its agent vanished is ended for the same reason', async () => {
  const failure = { code: 'CANCELED', message: 'by the user' } as const;
  const { outcome, calls } = await run({ resume: { ...progress, failure }, script: { runsUntilStopped: true } });
  expect(outcome.failure).toEqual(failure);
  expect(calls).toEqual(['stop', 'start', 'collect', 'remove']);
});

test('a cancellation that comes again after a re-attach is said once', async () => {
  const failure = { code: 'CANCELED', message: 'by the user' } as const;
  const canceled = AbortSignal.abort(new ExecError(failure.code, failure.message));
  const { outcome } = await run({
    resume: { ...progress, failure },
    signal: canceled,
    script: { runsUntilStopped: true },
  });
  expect(outcome.failure).toEqual(failure);
  expect(outcome.warnings).toEqual([]);
});

test('a container that is gone is said to be lost', async () => {
  const { outcome } = await run({ resume: progress, script: { gone: true } });
  expect(outcome.failure?.code).toBe('AGENT_LOST');
});

test('why a container is ended is recorded before it is stopped, and stays on record', async () => {
  const { kept } = await run({ script: { runsUntilStopped: true }, plan: { timeoutSeconds: 0.02 } });
  expect(kept.slice(-2)).toMatchObject([
    { state: 'running', failure: { code: 'TIMEOUT' } },
    { state: 'collecting', failure: { code: 'TIMEOUT' } },
  ]);
});

test('secrets are covered in output, events, logs and returned files, however the container writes them', async () => {
  const value = Buffer.from('hush-hush');
  const collected = {
    files: [
      { name: 'a', path: '/a', size: 9, content: 'hush-hush', encoding: 'utf8', truncated: false, sha256: 'x' },
      { name: 'b', path: '/b', size: 9, content: value.toString('base64'), encoding: 'base64', truncated: false },
      { name: 'c', path: '/c', size: 1, content: 'c', encoding: 'utf8', truncated: false, sha256: 'y' },
    ],
    graph: '{"nodes":["hush-hush"]}',
  } as const;
  const outcome = await run({
    script: {
      output: [
        { stream: 'stdout', text: 'key hush' },
        { stream: 'stderr', text: 'hush-hush' },
        { stream: 'stdout', text: '-hush, hush' },
      ],
      collected: { ...collected, files: [...collected.files] },
    },
    plan: { secrets: [{ name: 'KEY', as: 'variable' }], returnLogs: true },
    secrets: [{ name: 'KEY', as: 'variable', value }],
  });
  expect(JSON.stringify(outcome)).not.toContain('hush-hush');
  expect(outcome.outcome.output).toContain('***, hush');
  expect(outcome.outcome.collected?.files).toMatchObject([
    { name: 'a', content: '***' },
    { name: 'b', content: Buffer.from('***').toString('base64') },
    { name: 'c', content: 'c', sha256: 'y' },
  ]);
  expect(outcome.outcome.warnings.join()).toContain('returned content of a, b');
});

test('where containers are known to get out, a policy can have them not started', async () => {
  const script = { programs: [{ name: 'runc', version: '1.1.5' }] };
  const plan = { confinement: { ...standardConfinement, knownEscapes: 'refuse' } } as const;
  const { outcome, calls } = await run({ script, plan });
  expect(outcome.failure).toMatchObject({ code: 'POLICY_DENIED' });
  expect(outcome.failure?.message).toContain('runc 1.1.5 has CVE-2024-21626');
  expect(calls).toEqual([]);
  expect((await run({ script })).outcome.failure).toBeUndefined();
});

test('an OCI runtime that is missing is refused, or told of', async () => {
  const plan = (missing: 'refuse' | 'fall-back') => ({
    confinement: { ...standardConfinement, ociRuntime: { name: 'runsc', missing } },
  });
  expect((await run({ plan: plan('refuse') })).outcome.failure).toMatchObject({ code: 'POLICY_DENIED' });
  const { outcome } = await run({ plan: plan('fall-back') });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.warnings.join()).toContain("ran in the engine's own runtime: the OCI runtime runsc");
  const present = await run({ script: { ociRuntimes: ['runsc'] }, plan: plan('refuse') });
  expect(present.outcome).toMatchObject({ warnings: [] });
});
