import type { LogChunk, PullProgress } from '../runtimes/runtime.ts';
import type { Outcome } from '../wire/record/record.ts';

/** Events of a running execution. */
export type ExecutionEvent =
  | { readonly kind: 'state'; readonly state: 'staging' | 'running' | 'collecting' }
  | { readonly kind: 'pull'; readonly progress: PullProgress }
  /** The inputs are in the workspace. */
  | { readonly kind: 'staged'; readonly bytes: number }
  | { readonly kind: 'log'; readonly chunk: LogChunk }
  /** The container wrote its last output. */
  | { readonly kind: 'log end' }
  | { readonly kind: 'finished'; readonly outcome: Outcome };

export type Observe = (event: ExecutionEvent) => void;
