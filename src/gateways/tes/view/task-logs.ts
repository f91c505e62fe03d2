import type { ExecutionPlan } from '../../../wire/plan/plan.ts';
import type { CollectedFile, ExecutionRecord, Outcome } from '../../../wire/record/record.ts';
import type { StepResult } from '../../../wire/record/step-result.ts';
import { describe, type Sentence } from '../../../wire/sentence.ts';
import { tesPartNames } from '../part-names.ts';
import { type OutputFileLog, outputLogs } from './output-logs.ts';
import { type StepText, splitLog } from './split-log.ts';

interface ExecutorLog {
  readonly start_time: string;
  readonly end_time: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit_code: number;
}

export interface TaskLog {
  readonly logs: readonly ExecutorLog[];
  readonly start_time?: string;
  readonly end_time?: string;
  readonly outputs: readonly OutputFileLog[];
  readonly system_logs?: readonly string[];
}

/**
 * The one log of a task; none while it waits.
 * @param full with what the executors wrote, and what the agent says
 */
export function taskLogsOf(record: ExecutionRecord, full: boolean): readonly TaskLog[] {
  switch (record.state) {
    case 'queued':
      return [];
    case 'staging':
      return [{ logs: [], outputs: [] }];
    case 'running':
    case 'collecting':
      return [
        {
          logs: record.steps.map((step) => executorLog(step)),
          start_time: timeOf(record.steps[0]?.startedAt ?? record.startedAt),
          outputs: [],
        },
      ];
    case 'finished':
      return [finishedLog(record.plan, record.outcome, full)];
  }
}

function finishedLog(plan: ExecutionPlan, outcome: Outcome, full: boolean): TaskLog {
  const { steps, startedAt, finishedAt } = outcome;
  const texts = full ? textsOf(plan, outcome) : [];
  const notes = full ? notesOf(outcome) : [];
  return {
    logs: steps.map((step, index) => executorLog(step, texts[index])),
    start_time: timeOf(startedAt),
    end_time: timeOf(finishedAt),
    outputs: outputLogs(plan.outputs, outcome.collected),
    ...(notes.length === 0 ? {} : { system_logs: notes }),
  };
}

// As a shell reports a command that it cannot start, and one that ended in an unknown way.
const notStarted = 127;
const unknownExit = 255;

function executorLog({ exit, failure, startedAt, finishedAt }: StepResult, text?: StepText): ExecutorLog {
  const { stdout = '', stderr = '' } = text ?? {};
  return {
    start_time: timeOf(startedAt),
    end_time: timeOf(finishedAt),
    ...(stdout === '' ? {} : { stdout }),
    ...(stderr === '' ? {} : { stderr }),
    exit_code: exit?.code ?? (failure?.code === 'START_FAILED' ? notStarted : unknownExit),
  };
}

/** By step. What went to a file is there as far as the file was short enough to be kept. */
function textsOf(plan: ExecutionPlan, { logs = '', steps, collected }: Outcome): readonly StepText[] {
  const texts = splitLog(logs, steps.length);
  const files = new Map((collected?.files ?? []).map((file) => [file.path, file]));
  return texts.map((text, index) => {
    const { stdout, stderr } = plan.steps[index] ?? {};
    return {
      stdout: stdout === undefined ? text.stdout : contentOf(files.get(stdout)),
      stderr: stderr === undefined ? text.stderr : contentOf(files.get(stderr)),
    };
  });
}

function contentOf(file: CollectedFile | undefined): string {
  return file?.content === undefined ? '' : Buffer.from(file.content, file.encoding).toString();
}

function notesOf({ failure, warnings }: Outcome): readonly string[] {
  const say = (text: Sentence) => describe(text, tesPartNames);
  return [...(failure === undefined ? [] : [`${failure.code}: ${say(failure.message)}`]), ...warnings.map(say)];
}

export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
