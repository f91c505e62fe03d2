import type { Config } from '../../src/agent/config/config-schema.ts';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import type { RunMarks } from '../parts/run/mark-runs.ts';
import type { RequestKind } from './make-requests.ts';

/** Something that breaks. */
export interface Fault {
  /** Faults of one name are counted together. */
  readonly name: string;
  /** How many processes it kills or restarts. */
  readonly kills: number;
  /** Resolves when all works again, with the executions that it met. */
  readonly strike: () => Promise<readonly string[]>;
}

/** Agents of one deployment, and all that can break around them. */
export interface FaultWorld {
  /** Of the deployment. */
  readonly config: Config;
  /** What serves, for people. */
  readonly agents: string;
  readonly marks: RunMarks;
  /** What is sent, in turn. */
  readonly kinds: readonly RequestKind[];
  /** In their order. */
  readonly faults: readonly Fault[];
  /**
   * Whether a fault ended an execution or what is known of it, and its response reports that.
   * @param rest what is wrong with the response beside its code; undefined: nothing
   * @param marks that its container left
   * @param isRightCode whether the response has the code that the request must have
   */
  isUndone(
    answer: ExecutionResponse,
    rest: string | undefined,
    marks: readonly string[],
    isRightCode: boolean,
  ): boolean;
  /** How many executions the faults can have undone. */
  readonly undoneMost: number;
  /** What the executions left. To be called while agents run: what an agent that was killed left is removed by the next. */
  findLeftovers(): Promise<readonly string[]>;
  /** Lets the agents end by themselves; returns those that did not do so well. */
  stopAgents(): Promise<readonly string[]>;
  /** What is left when the agents have ended. */
  findRemains(): Promise<readonly string[]>;
  close(): Promise<void>;
  /**
   * What is left on the host when all of it has ended.
   * @param executions the ids of all that were executed
   */
  findTraces(executions: ReadonlySet<string>): Promise<readonly string[]>;
}
