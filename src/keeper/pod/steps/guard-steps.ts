import { constants } from 'node:os';
import { messageOf } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { MeasureUsage } from '../../../workspace/tree/measure-usage.ts';
import type { KeptSteps } from './keep-steps.ts';

export interface GuardOptions {
  readonly names: readonly string[];
  readonly steps: Pick<KeptSteps, 'bounds' | 'hasEnded' | 'signal'>;
  /** Of the directories that commands write to. */
  readonly measure: MeasureUsage;
  /** Whether an agent is connected, which enforces the bounds itself. */
  readonly isServed: () => boolean;
  readonly tell: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds between two looks. */
  readonly lookMs?: number;
}

const defaultLookMs = 1_000;
/** An agent that is connected stops a command by itself, and may give it time to end. */
const agentGraceMs = 300_000;

/** Enforces the bounds of steps while no agent does: kills a command that is past its deadline or writes too much. */
export function guardSteps(options: GuardOptions): { stop(): void } {
  const stopping = new AbortController();
  void look(options, stopping.signal);
  return { stop: () => stopping.abort(new Error('the steps are not guarded any more')) };
}

async function look(options: GuardOptions, signal: AbortSignal): Promise<void> {
  const { names, steps, tell, lookMs = defaultLookMs } = options;
  const killed = new Set<string>();
  for (;;) {
    try {
      await delay(lookMs, signal);
      for (const name of names) {
        if (killed.has(name) || steps.hasEnded(name)) continue;
        const problem = await problemOf(name, options, signal);
        if (problem === undefined) continue;
        tell(`${name} ${problem}, and no agent is connected: it is killed`);
        killed.add(name);
        steps.signal(name, constants.signals.SIGKILL);
      }
    } catch (error) {
      if (signal.aborted) return;
      tell(`the bounds could not be checked: ${messageOf(error)}`);
    }
  }
}

async function problemOf(
  name: string,
  { steps, measure, isServed, now = Date.now }: GuardOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bounds = await steps.bounds(name);
  if (bounds === undefined) return undefined;
  if (now() > bounds.deadline + (isServed() ? agentGraceMs : 0)) return 'is past its deadline';
  if (isServed()) return undefined;
  const most = { bytes: bounds.outputBytes, files: bounds.outputFiles, depth: Number.MAX_SAFE_INTEGER };
  const { bytes, files } = await measure(most, signal);
  return bytes > most.bytes || files > most.files ? 'has written more than it may' : undefined;
}
