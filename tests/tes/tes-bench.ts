import { z } from 'zod';
import { type Ask, openHttpBench } from '../http/open-http-bench.ts';
import { becomesTrue } from '../parts/poll.ts';

const finalStates = ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED'];
const patienceMs = 90_000;

const executorLogSchema = z.strictObject({
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  stdout: z.string().min(1).optional(),
  stderr: z.string().min(1).optional(),
  exit_code: z.number().int(),
});

const logSchema = z.strictObject({
  logs: z.array(executorLogSchema),
  start_time: z.iso.datetime().optional(),
  end_time: z.iso.datetime().optional(),
  outputs: z.array(z.strictObject({ url: z.string(), path: z.string(), size_bytes: z.string().regex(/^\d+$/) })),
  system_logs: z.array(z.string().min(1)).optional(),
});

/** The fields of TES and no others. */
export const seenTaskSchema = z.strictObject({
  id: z.string(),
  state: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  inputs: z.array(z.record(z.string(), z.unknown())).optional(),
  outputs: z.array(z.record(z.string(), z.unknown())).optional(),
  resources: z.record(z.string(), z.unknown()).optional(),
  executors: z.array(z.record(z.string(), z.unknown())).optional(),
  volumes: z.array(z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  logs: z.array(logSchema).optional(),
  creation_time: z.iso.datetime().optional(),
});

export type SeenTask = z.infer<typeof seenTaskSchema>;

const base = '/ga4gh/tes/v1';

/** An agent that accepts tasks, and a client that checks every task it receives. */
export async function openTesBench(settings: Parameters<typeof openHttpBench>[0] = {}) {
  const bench = await openHttpBench({ tes: true, ...settings });
  const parsed = async (response: Response) => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  };
  const create = async (task: object, ask: Ask = {}) => {
    const body = await parsed(await bench.ask(`${base}/tasks`, { ...ask, method: 'POST', body: task }));
    return z.strictObject({ id: z.string() }).parse(body).id;
  };
  const get = async (id: string, view = 'FULL', ask: Ask = {}) =>
    seenTaskSchema.parse(await parsed(await bench.ask(`${base}/tasks/${id}?view=${view}`, ask)));
  const wait = async (id: string): Promise<SeenTask> => {
    const isFinal = async () => finalStates.includes((await get(id, 'MINIMAL')).state);
    if (!(await becomesTrue(isFinal, patienceMs))) throw new Error(`task ${id} does not end`);
    return get(id);
  };
  const list = async (query: string) => {
    const body = await parsed(await bench.ask(`${base}/tasks?${query}`));
    return z.strictObject({ tasks: z.array(seenTaskSchema), next_page_token: z.string().optional() }).parse(body);
  };
  const cancel = async (id: string) => {
    const response = await bench.ask(`${base}/tasks/${id}:cancel`, { method: 'POST' });
    return { status: response.status, body: await response.json() };
  };
  const run = async (task: object) => wait(await create(task));
  return { ...bench, create, get, wait, list, cancel, run };
}

export type TesBench = Awaited<ReturnType<typeof openTesBench>>;

export function shellTask(script: string, more: object = {}) {
  return { executors: [{ image: 'alpine:latest', command: ['sh', '-c', script] }], ...more };
}
