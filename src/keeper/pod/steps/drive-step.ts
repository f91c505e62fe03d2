import { type Deferred, deferred } from '../../../support/time/deferred.ts';
import type { HoldOrder } from '../../../wire/pod/pod.ts';
import type { Hello, HoldEvent } from '../../hold/hold-events.ts';
import type { HoldHandle } from '../../hold/hold-line.ts';
import type { StepFile } from './step-file.ts';

/** How a step ended: its command exited, or was not executed. */
export type Ended = Extract<HoldEvent, { kind: 'exited' | 'failed' }>;

/** What this process knows of a step of its pod. */
export interface KeptStep {
  readonly file: StepFile;
  order?: HoldOrder;
  /** The record of the start is being written, or is. */
  starting?: Promise<void>;
  hold?: { readonly handle: HoldHandle; state: Hello['state']; isConnected: boolean };
  /** Repeated on each new connection, because it may not have arrived. */
  signal?: number;
  /** Why the command must not be executed. */
  problem?: Error;
  growth: Deferred<void>;
}

export function isEnd(event: HoldEvent): event is Ended {
  return event.kind === 'exited' || event.kind === 'failed';
}

/** Gives a hold what it waits for, as far as that is known; it takes the same order twice without harm. */
export function driveStep(step: KeptStep): void {
  const { order, hold, file } = step;
  if (order === undefined || hold === undefined) return;
  if (hold.state === 'waiting') hold.handle.order(order);
  if (hold.state !== 'ready') return;
  const interfaces = file.events().findLast((event) => event.kind === 'ready')?.interfaces ?? [];
  if (!order.ownNetwork || interfaces.join() === 'lo') hold.handle.go();
  else {
    step.problem = new Error(`the command would see the network interfaces ${interfaces.join(', ')}`);
    hold.handle.quit();
    noteGrowth(step);
  }
}

/** Wakes those that wait for the step's file to grow. */
export function noteGrowth(step: KeptStep): void {
  const { growth } = step;
  step.growth = deferred();
  growth.resolve();
}
