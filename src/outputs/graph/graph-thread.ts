import { parentPort } from 'node:worker_threads';
import { type GraphOrder, settleGraph } from './settle-graph.ts';

parentPort?.on('message', (order: GraphOrder) => parentPort?.postMessage(settleGraph(order)));
