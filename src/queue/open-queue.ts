import { z } from 'zod';
import { isCluster } from '../support/any-redis.ts';
import { ExecError } from '../support/exec-error.ts';
import { readJsonInTurns } from '../support/json/read-json.ts';
import { formatBytes } from '../support/text/bytes.ts';
import { decodeInTurns, encodeInTurns, smallText } from '../support/text/convert-in-turns.ts';
import { nextTurn } from '../support/time/next-turn.ts';
import { sendUncopied } from '../support/uncopied-command.ts';
import { executionFactsOf } from '../wire/live.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import { storedPlanSchema } from '../wire/plan/upgrade-plan.ts';
import type { Outcome } from '../wire/record/record.ts';
import { part, sentence } from '../wire/sentence.ts';
import { createAgentRegistry } from './agent-registry.ts';
import type { Answer, Delivery, ExecutionQueue, LostExecution } from './execution-queue.ts';
import { queueKeys } from './keys.ts';
import { placementText, refuseUnplaceable } from './placement.ts';
import type { QueueOptions } from './queue-options.ts';
import { indexNamesOf } from './records/index-names.ts';
import { openRecords } from './records/open-records.ts';
import { readStored } from './records/read-record.ts';
import { createSetAside } from './records/set-aside.ts';
import { adoptScript } from './scripts/adopt.ts';
import { expireScript } from './scripts/expire.ts';
import { finishScript } from './scripts/finish.ts';
import { keepScript } from './scripts/keep.ts';
import { noteLogScript } from './scripts/note-log.ts';
import { runScript, runScriptForBytes } from './scripts/parts/script.ts';
import { upcomingScript } from './scripts/parts/upcoming.ts';
import { purgeScript } from './scripts/purge.ts';
import { recordDeliveryScript } from './scripts/record-delivery.ts';
import { renewScript } from './scripts/renew.ts';
import { requeueScript } from './scripts/requeue.ts';
import { submitScript } from './scripts/submit.ts';
import { takeScript } from './scripts/take.ts';
import { watchWakes } from './watch-wakes.ts';

// How much one call of a script deals with, so that none holds up Redis for long.
const batch = 100;
// How many different placements may wait: each is looked at when an agent takes one.
const placementsMax = 64;
// In how many of them one tenant may wait, so that none uses up the placements of all.
const tenantPlacementsMax = 16;

const deliverySchema = z.enum(['first', 'again', 'echo']);
const submittedSchema = z.union([
  z.tuple([z.literal('queued')]),
  z.tuple([z.literal('duplicate'), z.string(), deliverySchema]),
  z.tuple([z.literal('full'), z.number()]),
  z.tuple([z.literal('heavy'), z.number()]),
  z.tuple([z.literal('placements'), z.number()]),
  z.tuple([z.literal('placements of tenant'), z.number()]),
]);
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
  const deliveryArgs = ({ windowMs }: Delivery) => [agent, Math.round(windowMs), limits.echoMs];

  const registry = createAgentRegistry(redis, options.prefix, leaseMs);
  const isKnown = async ({ fingerprint }: Delivery) => {
    const id = await redis.hget(keys.heard(fingerprint), 'execution');
    return id !== null && (await redis.exists(keys.execution(id))) === 1;
  };

  const finish = async (id: string, fence: string, outcome: Outcome, answer: Answer | undefined) => {
    const { channel = '', text = '', expires = false } = answer ?? {};
    const ofRecord = [keys.execution(id), keys.leases, keys.finished, keys.waiting, keys.delayed, keys.liveLog(id)];
    const touched = channel === '' ? ofRecord : [...ofRecord, channel];
    const streamMs = expires ? limits.retentionMs : 0;
    const sent = await encodeInTurns(text);
    // The response was made of it in this turn.
    if (text.length > smallText) await nextTurn();
    const recorded = await encodeInTurns(JSON.stringify(outcome));
    // What is sent is written to the connection in a turn of its own.
    if (recorded.length > smallText) await nextTurn();
    const result = [recorded, outcome.failure?.code ?? 'OK', sent];
    const args = [...common, id, fence, ...result, limits.answersKept, streamMs, limits.liveLogMs];
    const finished = await runScript(redis, finishScript, touched, args);
    if (finished === 2)
      throw new ExecError('CANCELED', 'The execution was asked to cancel before its end was recorded.');
    return finished === 1;
  };

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

    async submit(plan, delivery) {
      const { priority, id, placement } = plan;
      if (placement !== undefined && !(await isKnown(delivery))) refuseUnplaceable(placement, await registry.labels());
      const touched = [
        keys.heard(delivery.fingerprint),
        keys.execution(id),
        keys.delayed,
        keys.correlation(plan.tenant, plan.correlationId ?? ''),
        // Unused without a stream; it has to be a key of the deployment all the same.
        delivery.stream?.key ?? keys.delayed,
      ];
      const planText = JSON.stringify(plan);
      // A small one goes to Redis before anything is awaited.
      const stored = planText.length > smallText ? await encodeInTurns(planText) : planText;
      const what = [delivery.source ?? '', id, stored, JSON.stringify(executionFactsOf(plan))];
      const order = [priority, limits.agingMs, limits.maxWaiting];
      const lists = [plan.tenant, indexNamesOf(plan).join('\n'), plan.correlationId === null ? 0 : 1];
      const rest = [
        delivery.stream?.group ?? '',
        limits.tenantBytes ?? Number.MAX_SAFE_INTEGER,
        placementText(placement ?? {}),
        placementsMax,
        tenantPlacementsMax,
      ];
      const args = [...common, ...deliveryArgs(delivery), ...what, ...order, ...lists, ...rest];
      const [result, detail, heard] = submittedSchema.parse(await runScript(redis, submitScript, touched, args));
      if (result === 'queued') return { result };
      if (result === 'full') throw queueFull(detail);
      if (result === 'placements') throw placementsFull(detail);
      if (result === 'placements of tenant') throw tenantPlacementsFull(plan.tenant, detail);
      if (result === 'heavy') throw tenantFull(plan.tenant, detail);
      return { result, of: detail, delivery: heard === 'echo' ? 'echo' : 'again' };
    },

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

    async recordDelivery(delivery) {
      const key = keys.heard(delivery.fingerprint);
      return deliverySchema.parse(await runScript(redis, recordDeliveryScript, [key], deliveryArgs(delivery)));
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

    finish: ({ plan, attempt }, outcome, answer) => finish(plan.id, String(attempt.fence), outcome, answer),
    finishWaiting: (id, outcome, answer) => finish(id, '', outcome, answer),

    async announce({ channel, text, expires }) {
      const sent = await encodeInTurns(text);
      await Promise.all([
        sendUncopied(redis, 'publish', [channel, sent]),
        sendUncopied(redis, 'xadd', [channel, 'MAXLEN', '~', limits.answersKept, '*', 'response', sent]),
        ...(expires ? [redis.pexpire(channel, limits.retentionMs)] : []),
      ]);
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

function tenantFull(tenant: string, bytes: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    `The tenant ${tenant} has requests of ${formatBytes(bytes)} queued or running; with this one they exceed EXEC_TENANT_BYTES. Send it again later, or put large inputs into the object store.`,
  );
}

function placementsFull(placements: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    sentence`${part('placement')}: requests with ${placements} different placements are waiting, which is the maximum. Send it again later, or use a placement that others use too.`,
  );
}

function tenantPlacementsFull(tenant: string, placements: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    sentence`${part('placement')}: requests of the tenant ${tenant} with ${placements} different placements are waiting, which is the maximum for one tenant. Send it again later, or use one of these placements.`,
  );
}

function queueFull(waiting: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    `${waiting} requests are waiting already, which is as many as may (EXEC_QUEUE_MAX). Send it again later.`,
  );
}
