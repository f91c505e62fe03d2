import { Readable } from 'node:stream';
import { agentOf, executionOf, listedOf, summaryOf } from '../../gateways/http/executions/execution-view.ts';
import { filterOf } from '../../gateways/http/executions/list-query.ts';
import { removeObjects } from '../../gateways/http/executions/remove-objects.ts';
import { fileListOf, outputFilesOf } from '../../gateways/http/files/output-files.ts';
import { keptLog } from '../../gateways/http/live/log-events.ts';
import { stateEvents } from '../../gateways/http/live/state-events.ts';
import { logSourceOf } from '../../gateways/http/logs/log-source.ts';
import { findTail, readPart } from '../../gateways/http/logs/read-part.ts';
import { searchLog } from '../../gateways/http/logs/search-log.ts';
import { createMessageResponder } from '../../gateways/message/response/create-message-responder.ts';
import { redisTenant } from '../../gateways/redis/handle-request.ts';
import { allTenants } from '../../http/callers/tenant-asked.ts';
import { createAgentRegistry } from '../../queue/agent-registry.ts';
import { createLiveLog } from '../../queue/live-log.ts';
import { openRecords } from '../../queue/records/open-records.ts';
import { createEventHub } from '../../queue/watch-events.ts';
import { duplicateRedis, publishCounted } from '../../support/any-redis.ts';
import { ExecError } from '../../support/exec-error.ts';
import { withoutPassword } from '../../support/text/without-password.ts';
import { systemClock } from '../../support/time/clock.ts';
import { delay } from '../../support/time/deadline.ts';
import type { Logger } from '../../telemetry/log.ts';
import { mostLogHits } from '../../wire/http/log-hits.ts';
import type { ExecutionRecord } from '../../wire/record/record.ts';
import type { Config } from '../config/config-schema.ts';
import { openStore } from '../open/open-store.ts';
import type { Control, Found, ListQuery } from './control.ts';
import { notFinished, notFound } from './control-errors.ts';
import { openOperatorRedis } from './open-operator.ts';
import { submitOverRedis } from './submit-over-redis.ts';

type Finished = Extract<ExecutionRecord, { state: 'finished' }>;

const pollMs = 200;
const pageOfAll = 500;

/**
 * The agents that serve a Redis, for an operator who may do everything there.
 * @throws ExecError RUNTIME_UNAVAILABLE when no Redis is reachable
 */
export async function openRedisControl(config: Config, logger: Logger): Promise<Control> {
  const { redis, url } = await openOperatorRedis(config, logger);
  const records = openRecords(redis, config.keyPrefix, config.leaseSeconds * 1000);
  const registry = createAgentRegistry(redis, config.keyPrefix, config.leaseSeconds * 1000);
  const keepMs = config.retentionSeconds * 1000;
  const liveLog = createLiveLog({ redis, prefix: config.keyPrefix, channel: config.logsChannel, kept: 0, keepMs });
  const responder = createMessageResponder({
    agent: '',
    channel: config.responseChannel,
    maxBytes: config.messageBytes,
  });
  const answerTo = (record: Finished) => responder.textOf(record, []);
  const store = () => openStore(config, logger);

  const find = async (id: string) => {
    const record =
      (await records.find(redisTenant, id)) ?? (await records.findAnyones(id)) ?? (await findCorrelated(id));
    if (record === undefined) throw notFound(id);
    return record;
  };
  /** Correlation ids belong to a tenant; an operator means any of them. */
  const findCorrelated = async (correlationId: string) => {
    let cursor: string | undefined;
    do {
      const page = await records.list({}, { limit: pageOfAll, ...(cursor === undefined ? {} : { cursor }) });
      const match = page.executions.find((each) => each.correlationId === correlationId);
      if (match !== undefined) return records.findAnyones(match.id);
      cursor = page.next;
    } while (cursor !== undefined);
    return undefined;
  };
  const finished = async (id: string, done: string): Promise<Finished> => {
    const record = await find(id);
    if (record.state === 'finished') return record;
    throw notFinished(summaryOf(record), done);
  };
  const found = async (record: ExecutionRecord): Promise<Found> => {
    const response = record.state === 'finished' ? await answerTo(record) : undefined;
    return {
      execution: summaryOf(record),
      view: executionOf(record, response),
      ...(response === undefined ? {} : { response }),
    };
  };
  const isFinished = async (id: string) => ['finished', undefined].includes(await records.stateOf(id));
  const cancel = async (id: string) => {
    const record = await find(id);
    if (record.state === 'finished') return found(record);
    await records.askToCancel(record.plan.id);
    const agents = await publishCounted(redis, config.controlChannel, JSON.stringify({ cancel: record.plan.id }));
    if (agents === 0)
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        'No agent is running now. The execution is canceled when one takes it: start one with "exec-agent serve".',
      );
    return found(await find(record.plan.id));
  };

  return {
    place: `Redis at ${withoutPassword(url)}`,
    async submit(request, signal) {
      const { record, isKnown } = await submitOverRedis(request, { redis, records, config, url, signal });
      return { ...(await found(record)), isKnown };
    },
    find: async (id) => found(await find(id)),
    async wait(id, signal) {
      const { plan } = await find(id);
      while (!(await isFinished(plan.id))) await delay(pollMs, signal);
      return found(await find(plan.id));
    },
    async list(query) {
      const { executions, next } = await records.list({ ...filterOf(query), ...ofTenant(query.tenant) }, pageOf(query));
      return { executions: executions.map(listedOf), ...(next === undefined ? {} : { next }) };
    },
    async count(since, tenant) {
      const until = systemClock.now() + 1;
      const { states, codes } = await records.count({ ...ofTenant(tenant), since: since.getTime(), until, parts: 1 });
      return { since: since.toISOString(), until: new Date(until).toISOString(), states, codes };
    },
    cancel,
    async remove(id, { objects }) {
      const record = await finished(id, 'removed');
      const requestMs = config.httpRequestSeconds * 1000;
      if (objects) await removeObjects(record, { store: store(), limits: { requestMs } });
      await records.forget(record.plan.id);
    },
    async *log(id, { follow, signal }) {
      const record = await find(id);
      const executionId = record.plan.id;
      if (record.state === 'finished' || !follow) return yield* keptLog(record, { liveLog, store: store() }, signal);
      let pieces = 0;
      const options = { signal, isFinished: () => isFinished(executionId) };
      for await (const { line } of liveLog.follow(executionId, options)) {
        pieces += 1;
        yield line;
      }
      // It may have ended before its pieces could be read.
      if (pieces === 0) yield* keptLog(await find(executionId), { liveLog, store: store() }, signal);
    },
    async tail(id, { lines, signal }) {
      const source = await logSourceOf(await find(id), { liveLog, store: store() });
      const { body } = await readPart(await source.open(signal), await findTail(await source.open(signal), lines));
      return Readable.from(body, { objectMode: false });
    },
    async search(id, { signal, ...query }) {
      const source = await logSourceOf(await find(id), { liveLog, store: store() });
      const { hits, ...rest } = await searchLog(await source.open(signal), {
        ...query,
        limit: mostLogHits,
        isOver: () => signal.aborted,
      });
      return { hits: [...hits], ...rest };
    },
    files: async (id) => (await fileListOf(outputFilesOf(await finished(id, 'listed'), { store: store() }))).files,
    async file(id, name, signal): Promise<Readable> {
      const file = outputFilesOf(await finished(id, 'read'), { store: store() }).get(name);
      if (file?.open === undefined)
        throw new ExecError('INPUT_NOT_FOUND', `The content of ${JSON.stringify(name)} is not kept.`);
      return (await file.open(signal)).body;
    },
    async zip(id, signal) {
      const record = await finished(id, 'read');
      const files = [...outputFilesOf(record, { store: store() }).values()];
      const leftOut = files.filter(({ open }) => open === undefined).length;
      if (leftOut === files.length) throw new ExecError('INPUT_NOT_FOUND', 'No output file of the execution is kept.');
      const { zipFiles } = await import('../../gateways/http/files/zip-files.ts');
      return { body: zipFiles(files, { modified: new Date(record.outcome.finishedAt), signal }), leftOut };
    },
    async contents(id, signal) {
      const { outcome, plan } = await finished(id, 'read');
      const ref = outcome.collected?.overflow?.name;
      if (ref === undefined)
        throw new ExecError('INPUT_NOT_FOUND', `Nothing of ${plan.id} was moved out of its response.`);
      const { body, size } = await store().get({ name: ref }, signal);
      return { body, size };
    },
    async *events({ id, tenant, signal }) {
      const executionId = id === undefined ? undefined : (await find(id)).plan.id;
      const subscriber = duplicateRedis(redis);
      const lost = new AbortController();
      try {
        const events = createEventHub(subscriber, config.eventsChannel);
        const cut = () => lost.abort();
        const request = { ...ofTenant(tenant), signal, cut, ...(executionId === undefined ? {} : { executionId }) };
        yield* stateEvents(request, { events, queue: records, clock: systemClock });
        if (lost.signal.aborted)
          throw new ExecError(
            'RUNTIME_UNAVAILABLE',
            'Events arrived faster than they were read. Run the command again.',
          );
      } finally {
        subscriber.disconnect();
      }
    },
    agents: async () => (await registry.list(systemClock.now())).map(agentOf),
    async queue() {
      const [paused, { waiting, unplaced, delayed, leased }] = await Promise.all([
        records.isPaused(),
        records.depths(),
      ]);
      return { paused, waiting, delayed, unplaced, held: leased };
    },
    pause: records.pause,
    resume: records.resume,
    close: async () => redis.disconnect(),
  };
}

/** Nothing narrows it down to one by itself: an operator of the Redis sees all. */
function ofTenant(tenant: string | undefined) {
  return tenant === undefined || tenant === allTenants ? {} : { tenant };
}

function pageOf({ limit, cursor }: ListQuery) {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}
