import { messageOf } from '../../support/exec-error.ts';
import { builtThreadFile, createThreadWork } from '../../support/threads/thread-work.ts';
import { type GraphOrder, type SettledGraph, settleGraph } from './settle-graph.ts';

/** {@link settleGraph} without holding the event loop for long. Never rejects. */
export type SettleGraph = (order: GraphOrder) => Promise<SettledGraph>;

export interface GraphSettler {
  readonly settle: SettleGraph;
  /** Graphs that are not settled yet have a problem. */
  close(): Promise<void>;
}

export interface GraphSettlerOptions {
  /** The thread's program; undefined: there is none, as when the agent runs from its sources, and all graphs are settled here. */
  readonly threadFile?: string | undefined;
  /** Memory that a graph may need, in MiB. */
  readonly memoryMiB?: number;
}

// The worst graph of this size takes some 10 ms.
const inlineBytes = 64 * 1024;

/** Large graphs are settled in a thread, one after the other. */
export function createGraphSettler(
  { threadFile, memoryMiB }: GraphSettlerOptions = { threadFile: builtThreadFile('outputs/graph/graph-thread.ts') },
): GraphSettler {
  const thread =
    threadFile === undefined
      ? undefined
      : createThreadWork<GraphOrder, SettledGraph>({ name: 'check graphs', file: threadFile, memoryMiB });
  return {
    async settle(order) {
      if (order.bytes.length <= inlineBytes || thread === undefined) return settleGraph(order);
      return thread.run(order).catch((error: unknown) => ({ problem: `could not be checked: ${messageOf(error)}.` }));
    },
    close: async () => thread?.close(),
  };
}
