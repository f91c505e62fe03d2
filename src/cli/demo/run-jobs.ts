import type { RedisClient } from '../../client/redis/create-redis-client.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import type { Sink } from '../terminal/terminal.ts';
import type { DemoJob } from './demo-job.ts';
import { printRequest, printResponse } from './print-job.ts';

export interface JobContext {
  readonly client: RedisClient;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly story: Sink;
  /** Gets one response a line; absent: the responses are printed as prose. */
  readonly json: Sink | undefined;
}

const answerMs = 60_000;

/** Publishes the jobs one after the other; returns what was not as expected. */
export async function runJobs(jobs: readonly DemoJob[], context: JobContext): Promise<readonly string[]> {
  const { store, signal, story, json } = context;
  const all: string[] = [];
  for (const [index, job] of jobs.entries()) {
    await job.prepare?.(store, signal);
    printRequest(story, job, index + 1);
    const response = await ask(job, context);
    const differences = await job.differences(response, store, signal);
    if (json === undefined) printResponse(story, response, differences);
    else json.line(JSON.stringify(response));
    all.push(...differences.map((difference) => `${job.request.correlation_id}: ${difference}`));
  }
  return all;
}

async function ask({ request }: DemoJob, { client, signal }: JobContext): Promise<ExecutionResponse> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  try {
    return await client.run(request, { signal: bounded });
  } catch (error) {
    // What is still running would otherwise outlive the demo.
    await client.cancel(request.correlation_id);
    throw error;
  }
}
