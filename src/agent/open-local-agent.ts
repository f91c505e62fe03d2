import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ExecutionTools } from '../execution/execution-tools.ts';
import type { Journal } from '../execution/journal.ts';
import { runExecution } from '../execution/run-execution.ts';
import { requestToDraft } from '../gateways/message/draft/request-to-draft.ts';
import { partNames } from '../gateways/message/part-names.ts';
import { parseRequest } from '../gateways/message/request/parse-request.ts';
import { outcomeToResponse } from '../gateways/message/response/outcome-to-response.ts';
import { refusalToResponse } from '../gateways/message/response/refusal-to-response.ts';
import { responseText } from '../gateways/message/response/response-text.ts';
import { createGraphSettler } from '../outputs/graph/create-graph-settler.ts';
import { refuseUnplaceable } from '../queue/placement.ts';
import type { AnyRedis } from '../support/any-redis.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import { systemClock } from '../support/time/clock.ts';
import { type Closer, openTogether } from '../support/time/closing.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { Outcome } from '../wire/record/record.ts';
import type { ExecutionResponse } from '../wire/response/response.ts';
import { describe } from '../wire/sentence.ts';
import type { AgentContext, LocalAgent, LocalAnswer, LocalRunOptions } from './agent-types.ts';
import { agentLabels } from './config/agent-labels.ts';
import type { Config } from './config/config-schema.ts';
import { executionLimits } from './config/derive-limits.ts';
import { openGate } from './open/open-gate.ts';
import { openServices } from './open/open-services.ts';
import { noteLocalRun, sweepLocalRuns } from './reconcile/local-runs.ts';
import { connectRedis } from './redis/connect-redis.ts';
import { findRedisUrl } from './redis/find-redis-url.ts';
import { readCa } from './redis/read-ca.ts';
import { createRedisChannels } from './redis/redis-channels.ts';
import { openParts } from './runtime/open-parts.ts';

const connectMs = 5000;

/**
 * An agent that needs no Redis and no queue, for one request at a time from the command line or a program.
 * @throws ExecError RUNTIME_UNAVAILABLE when no runtime can be used
 */
export function openLocalAgent(config: Config, context: AgentContext): Promise<LocalAgent> {
  return openTogether((closer) => open({ ...config, networksReady: 0, warmContainers: 0 }, context, closer));
}

async function open(config: Config, context: AgentContext, closer: Closer): Promise<LocalAgent> {
  // Sandboxes of a local run belong to it alone: no other agent may remove them as orphans.
  const deployment = `local-${randomUUID()}`;
  const gate = await openGate(config, context);
  closer.add(gate.close);
  const { settle: settleGraph, close: closeGraphs } = createGraphSettler();
  closer.add(closeGraphs);
  const { choice, store } = await openParts(config, { ...context, settleGraph });
  closer.add(() => choice.runtime.close());
  const channels = createRedisChannels((use) => connectForServices(config, use, { closer, logger: context.logger }));
  const services = await openServices(config, channels, context.logger);
  closer.add(() => services.close());
  await sweepLocalRuns(config.dataDir, choice.runtime, context.logger);
  const agent = `${hostname()}-${process.pid}`;
  const limits = executionLimits(config);
  const maxBytes = config.messageBytes;

  const answer = async (response: ExecutionResponse): Promise<LocalAnswer> => ({
    response,
    text: await responseText(response, { maxBytes }),
  });

  const execute = async (plan: ExecutionPlan, { signal, observe = () => undefined }: LocalRunOptions) => {
    const submittedAt = systemClock.now();
    const { journal, outcome } = journalInMemory();
    const describeParts: ExecutionTools['describe'] = (_plan, sentence) => describe(sentence, partNames);
    const common = { deployment, limits, clock: systemClock, logger: context.logger, describe: describeParts };
    const { judgeImage, readSecrets } = gate;
    const tools = { ...common, runtime: choice.runtime, services, judgeImage, readSecrets, settleGraph };
    const detach = new AbortController().signal;
    const removeNote = await noteLocalRun(config.dataDir, deployment, choice.runtime.name);
    await runExecution({ plan, fence: 1, queuedMs: 0, signal, detach }, { ...tools, journal, observe });
    await removeNote();
    return outcomeToResponse({ plan, outcome: outcome(), attempt: 1, agent, submittedAt });
  };

  return {
    choice,
    store,
    async run(text, options) {
      const parsed = parseRequest(text, { maxBytes });
      const executionId = randomUUID();
      const refusal = { executionId, now: systemClock.now() };
      if (!parsed.ok) {
        const { correlationId, error } = parsed;
        return answer(refusalToResponse({ ...refusal, correlationId, error }));
      }
      const { request, warnings } = parsed;
      try {
        const { responseChannel, servicePort } = config;
        const draftContext = { executionId, gateway: 'local', tenant: 'local', warnings, responseChannel, servicePort };
        const plan = gate.admit(requestToDraft(request, draftContext));
        refuseUnplaceable(plan.placement ?? {}, [agentLabels(config, choice.runtime)]);
        return await answer(await execute(plan, options));
      } catch (error) {
        const correlationId = request.correlation_id ?? null;
        return answer(refusalToResponse({ ...refusal, correlationId, error: toExecError(error) }));
      }
    },
    close: () => closer.close(),
  };
}

/** Services over Redis need one, and only once they are called. */
async function connectForServices(
  config: Config,
  use: string,
  { closer, logger }: { readonly closer: Closer; readonly logger: Logger },
): Promise<AnyRedis> {
  const url = await findRedisUrl(config);
  if (url === undefined)
    throw new ExecError('RUNTIME_UNAVAILABLE', 'There is no Redis to ask over. Set REDIS_URL, or start an agent');
  const ca = await readCa(config);
  const redis = await connectRedis({ url, ca, name: `exec-agent-run:${use}`, connectMs, logger });
  closer.add(() => redis.disconnect());
  return redis;
}

function journalInMemory(): { readonly journal: Journal; readonly outcome: () => Outcome } {
  let kept: Outcome | undefined;
  return {
    journal: {
      keep: async () => undefined,
      // A local run has no queue.
      putBack: () => false,
      finish: async (outcome) => {
        kept = outcome;
        return true;
      },
    },
    outcome() {
      if (kept === undefined) throw new ExecError('INTERNAL', 'The execution ended without an outcome.');
      return kept;
    },
  };
}
