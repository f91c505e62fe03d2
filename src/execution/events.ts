import type { LogChunk, PullProgress } from '../runtimes/runtime.ts';
import type { Outcome } from '../wire/record.ts';

/** What an execution tells while it goes on. */
export type ExecutionEvent =
  | { readonly kind: 'state'; readonly state: 'staging' | 'running' | 'collecting' }
  | { readonly kind: 'pull'; readonly progress: PullProgress }
  /** What the request brings is in the workspace. */
  | { readonly kind: 'staged'; readonly bytes: number }
  | { readonly kind: 'log'; readonly chunk: LogChunk }
  /** Nothing more comes from the container that ran. */
  | { readonly kind: 'log end' }
  | { readonly kind: 'finished'; readonly outcome: Outcome };

export type Observe = (event: ExecutionEvent) => void;
