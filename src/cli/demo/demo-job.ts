import type { ObjectStore } from '../../objects/object-store.ts';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import type { Interpreter } from './interpreters.ts';

export interface DemoJob {
  readonly title: string;
  /** What goes in and what comes out, in one line. */
  readonly story: string;
  readonly request: ExecutionRequest & { readonly correlation_id: string };
  /** Puts into the object store what the request needs. */
  readonly prepare?: (store: ObjectStore, signal: AbortSignal) => Promise<void>;
  /** What is not as it has to be; nothing when all is well. */
  readonly differences: (response: ExecutionResponse, store: ObjectStore, signal: AbortSignal) => Promise<string[]>;
}

export interface DemoPlace {
  readonly image: string;
  readonly interpreter: Interpreter;
}

/** Says what is different when two values are not equal. */
export function expectEqual(what: string, found: unknown, expected: unknown): string[] {
  const [left, right] = [JSON.stringify(found) ?? 'nothing', JSON.stringify(expected)];
  return left === right ? [] : [`${what} is ${left}, expected ${right}`];
}
