import { z } from 'zod';
import { isCluster } from '../support/any-redis.ts';
import { readJsonInTurns } from '../support/json/read-json.ts';
import { decodeInTurns } from '../support/text/convert-in-turns.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import { storedPlanSchema } from '../wire/plan/upgrade-plan.ts';
import { createAgentRegistry } from './agent-registry.ts';
import type { ExecutionQueue, LostExecution } from './execution-queue.ts';
import { queueKeys } from './keys.ts';
import { openResults } from './open-results.ts';
import { placementText } from './placement.ts';
import type { QueueOptions } from './queue-options.ts';
import { findPlace } from './records/find-place.ts';
import { openRecords } from './records/open-records.ts';
import { readStored } from './records/read-record.ts';
import { createSetAside } from './records/set-aside.ts';
import { adoptScript } from './scripts/adopt.ts';
import { expireScript } from './scripts/expire.ts';
import { keepScript } from './scripts/keep.ts';
import { noteLogScript } from './scripts/note-log.ts';
import { runScript, runScriptForBytes } from './scripts/parts/script.ts';
import { upcomingScript } from './scripts/parts/upcoming.ts';
import { purgeScript } from './scripts/purge.ts';
import { renewScript } from './scripts/renew.ts';
import { requeueScript } from './scripts/requeue.ts';
import { takeScript } from './scripts/take.ts';
import { openSubmissions } from './submit/open-submissions.ts';
import { watchWakes } from './watch-wakes.ts';

// How much one call of a script deals with, so that none holds up Redis for long.
const batch = 100;

const bytesSchema = z.instanceof(Buffer);
const takenSchema = z
  .tuple([bytesSchema, bytesSchema, z.number(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number()])
  .nullable();
type Taken = z.infer<typeof takenSchema>;

const idsSchema = z.array(z.string());

export async function openQueue(options: QueueOptions): Promise<ExecutionQueue> {
  const { redis, agent, home, events, leaseMs, limits, onSetAside = () => undefined } = options;
  const keys = queueKeys(options.prefix);
  const common = [keys.base, events];
  const labels = placementText(options.labels ?? {});
  const weights = Object.entries(options.weights ?? {})
    .map(([tenant, weight]) => `${tenant}=${weight}`)
    .join(',');
  const wakes = await watchWakes(options.subscriber, keys.wake);
  const setAside = createSetAside({ redis, keys, keepMs: limits.retentionMs, onSetAside });

  const heldBySomeone = async (ids: readonly string[]): Promise<readonly LostExecution[]> => {
    const held = await Promise.all(
      ids.map(async (id) => {
        const stored = await readStored(redis, keys.execution(id));
        if (stored?.problem !== undefined) await setAside(id, stored.problem);
        return stored?.record;
      }),
    );
    return held.flatMap((record) =>
      record === undefined || record.state === 'queued' || record.state === 'finished' ? [] : [record],
    );
  };

  return {
    ...openRecords(redis, options.prefix, leaseMs),
    ...openSubmissions({ ...options, keys, registry: createAgentRegistry(redis, options.prefix, leaseMs) }),
    ...openResults({ redis, keys, events, limits }),

    atOnce(ask) {
      const stream = isCluster(redis) ? undefined : redis.stream;
      // There is none while Redis is away, when commands wait anyway, and several in a cluster.
      stream?.cork();
      try {
        return ask();
      } finally {
        stream?.uncork();
      }
    },

    async take() {
      const touched = [keys.waiting, keys.delayed, keys.leases, keys.paused];
      const args = [...common, agent, home, leaseMs, labels, weights];
      let taken: Taken;
      let plan: ExecutionPlan | undefined;
      do {
        taken = takenSchema.parse(await runScriptForBytes(redis, takeScript, touched, args));
        if (taken === null) return undefined;
        const read = await readJsonInTurns(await decodeInTurns(taken[1]), storedPlanSchema);
        plan = read.data;
        if (read.problem !== undefined) await setAside(taken[0].toString(), `plan: ${read.problem}`);
      } while (plan === undefined);
      const [, , fence, number, submittedAt, now, cancel, putBacks, waiting] = taken;
      const attempt = { number, agent, home, fence };
      const queuedMs = now - submittedAt;
      return { plan, attempt, submittedAt, queuedMs, canceled: cancel === 1, putBacks, othersWait: waiting > 0 };
    },

    async upcoming(count) {
      const ids = await runScript(redis, upcomingScript, [keys.placements], [keys.base, labels, weights, count]);
      const stored = await Promise.all(idsSchema.parse(ids).map((id) => readStored(redis, keys.execution(id))));
      return stored.flatMap((each) => (each?.record?.state === 'queued' ? [each.record.plan] : []));
    },

    placeOf: (id) => findPlace(redis, keys, { id, weights }),

    async renew(assignments) {
      if (assignments.length === 0) return [];
      const held = assignments.flatMap(({ plan, attempt }) => [plan.id, attempt.fence]);
      const lostIds = await runScript(redis, renewScript, [keys.leases], [keys.base, leaseMs, ...held]);
      const lost = new Set(idsSchema.parse(lostIds));
      return assignments.filter(({ plan }) => lost.has(plan.id));
    },

    async keep({ plan, attempt }, progress) {
      const args = [...common, plan.id, attempt.fence, progress.state, JSON.stringify(progress)];
      return (await runScript(redis, keepScript, [keys.execution(plan.id)], args)) === 1;
    },

    async requeue({ plan, attempt }, delayMs, reason) {
      const args = [...common, plan.id, attempt.fence, Math.round(delayMs), reason];
      return (await runScript(redis, requeueScript, [keys.execution(plan.id)], args)) === 1;
    },

    async askedToCancel(assignments) {
      const pipeline = redis.pipeline();
      for (const { plan } of assignments) pipeline.hexists(keys.execution(plan.id), 'cancel');
      const replies = (await pipeline.exec()) ?? [];
      return assignments.filter((_, index) => replies[index]?.[1] === 1);
    },

    async expire() {
      const args = [...common, leaseMs, batch, limits.maxAttempts];
      return heldBySomeone(idsSchema.parse(await runScript(redis, expireScript, [keys.leases], args)));
    },

    async adopt({ plan, attempt, submittedAt }) {
      const args = [...common, plan.id, attempt.fence, agent, home, leaseMs];
      const adopted = await runScript(redis, adoptScript, [keys.execution(plan.id), keys.leases], args);
      const [fence, cancel, putBacks] = z.tuple([z.number(), z.number(), z.number()]).parse(adopted);
      if (fence === 0) return undefined;
      const goesOn = { number: attempt.number, agent, home, fence };
      const unknown = { queuedMs: undefined, othersWait: false };
      return { plan, attempt: goesOn, submittedAt, canceled: cancel === 1, putBacks, ...unknown };
    },

    held: async () => heldBySomeone(await redis.zrange(keys.leases, '0', '-1')),

    async isHeld(executionId) {
      const state = await redis.hget(keys.execution(executionId), 'state');
      return state !== null && state !== 'queued' && state !== 'finished';
    },

    async isCurrent({ plan, attempt }) {
      const [fence, state] = await redis.hmget(keys.execution(plan.id), 'fence', 'state');
      return Number(fence) === attempt.fence && state !== 'queued' && state !== 'finished';
    },

    async purge() {
      const args = [keys.base, limits.retentionMs, limits.retained, limits.protectedMs, batch];
      while (Number(await runScript(redis, purgeScript, [keys.finished], args)) === batch);
    },

    async noteLog(id, fence, { store, name }) {
      return (await runScript(redis, noteLogScript, [keys.execution(id)], [fence, store, name])) === 1;
    },
    orphanedLogs: (store, most) => redis.srandmember(keys.orphanedLogs(store), most),
    async forgetLogs(store, names) {
      if (names.length > 0) await redis.srem(keys.orphanedLogs(store), ...names);
    },

    onWork: wakes.onWake,
  };
}
