import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { basicCredentials } from '../../http/callers/credentials.ts';
import { isAdmin } from '../../http/callers/tenant-asked.ts';
import type { HttpModule } from '../../http/http-room.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { HttpApp } from '../../http/server/bare-app.ts';
import type { ExecutionSummary } from '../../queue/execution-queue.ts';
import type { ExecutionRecord } from '../../wire/record/record.ts';
import { describe } from '../../wire/sentence.ts';
import { submitPlan } from '../submit-plan.ts';
import { listTasks, type TaskFilter } from './list-tasks.ts';
import { tesPartNames } from './part-names.ts';
import { serviceInfo } from './service-info.ts';
import { parseTask } from './task/parse-task.ts';
import { taskToDraft } from './task/task-to-draft.ts';
import { type TesOptions, tesGateway } from './tes-options.ts';
import { taskStateOf, taskStates } from './view/task-state.ts';
import { type TaskView, taskViews, viewTask } from './view/task-view.ts';

/** Clients of TES differ in what they add to the URL that they are given. */
const prefixes = ['/ga4gh/tes/v1', '/v1'];
const json = 'application/json';

/** Of a task: it is read on the event loop, which a longer one would hold up. Large contents are inputs with a url. */
const longestTaskBytes = 1024 ** 2;

/** The longest page of a list. */
const mostTasks = 2047;
const usualTasks = 256;

const viewQuery = z.object({ view: z.enum(taskViews).default('MINIMAL') });
const texts = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => (value === undefined ? [] : [value].flat()));

const listQuery = viewQuery.extend({
  name_prefix: z.string().optional(),
  state: z.enum(taskStates).optional(),
  tag_key: texts,
  tag_value: texts,
  page_size: z.coerce.number('a whole number').int().min(1).max(mostTasks, `at most ${mostTasks}`).default(usualTasks),
  page_token: z.string().optional(),
});

/** Clients may send parameters of other versions, which are ignored. */
const lenient = <Query extends z.ZodType>(query: Query) => query.transform((value) => value);

const idParams = z.object({ id: z.string().min(1).max(512) });
const cancelEnd = ':cancel';

/** GA4GH TES 1.1 over the same queue as everything else. */
export function createTesModule(options: TesOptions): HttpModule {
  return {
    credentials: [basicCredentials(options)],
    describeError: ({ sentence }) => describe(sentence, tesPartNames),
    addRoutes(app) {
      for (const prefix of prefixes) {
        addServiceInfo(app, prefix);
        addTaskRoutes(app, prefix, options);
      }
    },
  };
}

function addServiceInfo(app: HttpApp, prefix: string): void {
  for (const url of [`${prefix}/service-info`, `${prefix}/tasks/service-info`])
    app.route({
      method: 'GET',
      url,
      schema: { hide: true },
      handler: async ({ protocol, host }, reply) =>
        reply.type(json).send(JSON.stringify(serviceInfo(`${protocol}://${host}`))),
    });
}

function addTaskRoutes(app: HttpApp, prefix: string, options: TesOptions): void {
  const { queue, limits } = options;

  app.route({
    method: 'POST',
    url: `${prefix}/tasks`,
    bodyLimit: Math.min(longestTaskBytes, limits.maxMessageBytes),
    config: { scope: 'submit', action: 'submit' },
    schema: { hide: true },
    handler: async (request, reply) => {
      const { body, caller, traceparent, tracestate } = request;
      const task = parseTask(typeof body === 'string' ? body : '');
      const draft = taskToDraft(task, { ...options, executionId: randomUUID(), tenant: caller.tenant });
      const { id } = await submitPlan(
        options.admit({
          ...draft,
          ...(traceparent === undefined ? {} : { traceparent }),
          ...(tracestate === undefined ? {} : { tracestate }),
        }),
        draft.id,
        options,
      );
      return reply.header('location', `${prefix}/tasks/${id}`).type(json).send(JSON.stringify({ id }));
    },
  });

  app.route({
    method: 'GET',
    url: `${prefix}/tasks`,
    config: { scope: 'read' },
    schema: { hide: true, querystring: lenient(listQuery) },
    handler: async (request, reply) => {
      const { view, page_size: size, page_token: token } = request.query;
      const { tasks, next } = await listTasks(queue, filterOf(request, request.query), {
        size,
        token: token || undefined,
      });
      return reply.type(json).send(Readable.from(pageOf(tasks, { view, next }, options)));
    },
  });

  app.route({
    method: 'GET',
    url: `${prefix}/tasks/:id`,
    config: { scope: 'read' },
    schema: { hide: true, params: idParams, querystring: lenient(viewQuery) },
    handler: async (request, reply) => {
      const record = await findTask(request.params.id, request, options);
      return reply.type(json).send(JSON.stringify(viewTask(record, request.query.view)));
    },
  });

  app.route({
    method: 'POST',
    url: `${prefix}/tasks/:id`,
    config: { scope: 'submit', action: 'cancel' },
    schema: { hide: true, params: idParams },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!id.endsWith(cancelEnd))
        throw new HttpProblem(
          404,
          `There is no POST ${prefix}/tasks/${id}. To cancel a task, POST …/tasks/{id}:cancel.`,
        );
      const { plan, state } = await findTask(id.slice(0, -cancelEnd.length), request, options);
      if (state !== 'finished') await options.cancel(plan.id);
      return reply.header('location', `${prefix}/tasks/${plan.id}`).type(json).send('{}');
    },
  });
}

function filterOf({ caller }: FastifyRequest, query: z.infer<typeof listQuery>): TaskFilter {
  const { name_prefix: namePrefix, state, tag_key: keys, tag_value: values } = query;
  return { tenant: caller.tenant, namePrefix, state, tags: keys.map((key, index) => [key, values[index] ?? '']) };
}

/** @throws HttpProblem 404, also for a task of another tenant and an execution that is no task */
async function findTask(id: string, { caller }: FastifyRequest, { queue }: TesOptions): Promise<ExecutionRecord> {
  const own = await queue.find(caller.tenant, id);
  const record = own ?? (isAdmin(caller) ? await queue.findAnyones(id) : undefined);
  if (record?.plan.gateway === tesGateway && record.plan.id === id) return record;
  throw new HttpProblem(404, `There is no task ${JSON.stringify(id)}. GET …/tasks lists all.`);
}

/** One task after the other: a page of full ones is larger than what should be held. */
async function* pageOf(
  tasks: readonly ExecutionSummary[],
  { view, next }: { readonly view: TaskView; readonly next: string | undefined },
  { queue }: TesOptions,
): AsyncGenerator<string> {
  let separator = '{"tasks":[';
  for (const summary of tasks) {
    const text = await textOf(summary, view, queue);
    if (text === undefined) continue;
    yield `${separator}${text}`;
    separator = ',';
  }
  const end = next === undefined ? '' : `,"next_page_token":${JSON.stringify(next)}`;
  yield `${separator === ',' ? '' : separator}]${end}}`;
}

/** Undefined for one that is gone meanwhile. */
async function textOf(
  summary: ExecutionSummary,
  view: TaskView,
  queue: TesOptions['queue'],
): Promise<string | undefined> {
  if (view === 'MINIMAL') return JSON.stringify({ id: summary.id, state: taskStateOf(summary) });
  const record = await queue.findAnyones(summary.id);
  return record && JSON.stringify(viewTask(record, view));
}
