import { z } from 'zod';
import { encodeInTurns, smallText } from '../../support/text/convert-in-turns.ts';
import { executionFactsOf } from '../../wire/live.ts';
import type { AgentRegistry } from '../agent-registry.ts';
import type { Delivery, ExecutionQueue } from '../execution-queue.ts';
import type { QueueKeys } from '../keys.ts';
import { placementText, refuseUnplaceable } from '../placement.ts';
import type { QueueOptions } from '../queue-options.ts';
import { indexNamesOf } from '../records/index-names.ts';
import { runScript } from '../scripts/parts/script.ts';
import { recordDeliveryScript } from '../scripts/record-delivery.ts';
import { submitScript } from '../scripts/submit.ts';
import { placementsFull, queueFull, tenantFull, tenantPlacementsFull } from './queue-full.ts';

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

type Submissions = Pick<ExecutionQueue, 'submit' | 'recordDelivery'>;

interface SubmissionParts extends QueueOptions {
  readonly keys: QueueKeys;
  readonly registry: Pick<AgentRegistry, 'labels'>;
}

/** Takes requests into the queue, each once, however often it is delivered. */
export function openSubmissions({ redis, keys, agent, events, limits, registry }: SubmissionParts): Submissions {
  const deliveryArgs = ({ windowMs }: Delivery) => [agent, Math.round(windowMs), limits.echoMs];

  const isKnown = async ({ fingerprint }: Delivery) => {
    const id = await redis.hget(keys.heard(fingerprint), 'execution');
    return id !== null && (await redis.exists(keys.execution(id))) === 1;
  };

  return {
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
      const args = [keys.base, events, ...deliveryArgs(delivery), ...what, ...order, ...lists, ...rest];
      const [result, detail, heard] = submittedSchema.parse(await runScript(redis, submitScript, touched, args));
      if (result === 'queued') return { result };
      if (result === 'full') throw queueFull(detail);
      if (result === 'placements') throw placementsFull(detail);
      if (result === 'placements of tenant') throw tenantPlacementsFull(plan.tenant, detail);
      if (result === 'heavy') throw tenantFull(plan.tenant, detail);
      return { result, of: detail, delivery: heard === 'echo' ? 'echo' : 'again' };
    },

    async recordDelivery(delivery) {
      const key = keys.heard(delivery.fingerprint);
      return deliverySchema.parse(await runScript(redis, recordDeliveryScript, [key], deliveryArgs(delivery)));
    },
  };
}
