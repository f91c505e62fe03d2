import { parseBytes } from '../../../support/text/bytes.ts';
import type { Input, PlanDraft, Step } from '../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../wire/request/request.ts';
import { invalidField } from '../request/invalid-request.ts';
import { addressOf } from '../response/reply-address.ts';
import { isReplyChannel } from '../response/response-channel.ts';
import { inputsOf } from './inputs/request-inputs.ts';
import { stdinPath } from './inputs/request-stdin.ts';
import { outputsOf } from './outputs/request-outputs.ts';
import { refuseLongEnvironment } from './refuse-long-environment.ts';
import { refuseMisplaced } from './refuse-misplaced.ts';
import { networkOf } from './request-network.ts';
import { secretsOf } from './request-secrets.ts';
import { reservedVariables, serviceVariables } from './service-urls.ts';
import { agentVariables, layout, scratch, volumesOf } from './workspace-layout.ts';

export interface DraftContext {
  /** The gateway that the request came through. */
  readonly gateway: string;
  readonly executionId: string;
  readonly tenant: string;
  readonly warnings: readonly string[];
  /** The common answer channel; `reply_to` has to stay below it. */
  readonly responseChannel: string;
  /** Where containers find their services. */
  readonly servicePort: number;
  /** Of requests that name none. */
  readonly traceparent?: string | undefined;
  /** It belongs to that trace. */
  readonly tracestate?: string | undefined;
}

/**
 * The request as a plan that leaves open what the request leaves open.
 * @throws ExecError INVALID_REQUEST naming the field
 */
export function requestToDraft(request: ExecutionRequest, context: DraftContext): PlanDraft {
  refuseMisplaced(request);
  refusePrototypeName('tags', request.tags);
  refusePrototypeName('environment', request.environment);
  const { container } = request;
  const inputs = inputsOf(request, context.servicePort);
  const step = stepOf(request, inputs, context);
  const { traceparent, tracestate } = traceOf(request, context);
  return {
    version: 1,
    id: context.executionId,
    correlationId: request.correlation_id ?? null,
    tenant: context.tenant,
    ...(request.name === undefined ? {} : { name: request.name }),
    tags: request.tags ?? {},
    ...placementOf(container.placement),
    priority: request.priority ?? 0,
    steps: [step],
    volumes: volumesOf(request.input?.writable),
    scratch: [...scratch],
    inputs,
    outputs: outputsOf(request, context.executionId),
    returnLogs: request.output?.return_logs ?? false,
    resources: resourcesOf(container.resources),
    ...secretsOf(request, step.env),
    network: networkOf(request),
    ...(request.timeout === undefined ? {} : { timeoutSeconds: request.timeout }),
    retry: { attempts: request.retry?.attempts ?? 1, onExit: request.retry?.on?.includes('exit') ?? false },
    gateway: context.gateway,
    ...replyOf(request, context.responseChannel),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(traceparent === undefined || tracestate === undefined ? {} : { tracestate }),
    warnings: [...context.warnings],
  };
}

/** The state of a trace goes with it alone. */
function traceOf(request: ExecutionRequest, context: DraftContext) {
  const { traceparent, tracestate } = request.traceparent === undefined ? context : request;
  return { traceparent, tracestate: request.tracestate ?? tracestate };
}

/** JavaScript's own name for an object's prototype would be lost on the way through plans and records. */
function refusePrototypeName(field: string, names: Readonly<Record<string, unknown>> = {}): void {
  if (Object.hasOwn(names, '__proto__'))
    throw invalidField(`${field}.__proto__`, '__proto__', 'is not a name that can be used. Choose another.');
}

function placementOf(placement: Readonly<Record<string, string>> = {}): Pick<PlanDraft, 'placement'> {
  return Object.keys(placement).length === 0 ? {} : { placement };
}

function stepOf(request: ExecutionRequest, inputs: readonly Input[], { executionId, servicePort }: DraftContext): Step {
  const { container, environment = {}, service_access: services = [] } = request;
  const own = { ...agentVariables(executionId), ...serviceVariables(services, servicePort) };
  const taken = Object.keys(environment).find((name) => name in own || reservedVariables.includes(name));
  if (taken !== undefined)
    throw invalidField(`environment.${taken}`, environment[taken], 'is set by the agent. Choose another name.');
  const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
  refuseLongEnvironment(env);
  const stdin = stdinPath(request, inputs);
  return {
    image: { reference: container.image, pull: container.pull ?? 'missing' },
    ...(container.command === undefined ? {} : { command: container.command }),
    ...(container.entrypoint === undefined ? {} : { entrypoint: container.entrypoint }),
    env: { ...env, ...own },
    workingDir: workingDirOf(container.working_dir),
    ...(container.user === undefined ? {} : { user: container.user }),
    ...(stdin === undefined ? {} : { stdin }),
    readOnlyRoot: container.read_only_root ?? false,
    ignoreError: false,
  };
}

function workingDirOf(path: string = layout.root): string {
  if (path.split('/').includes('..') || path.includes('\0'))
    throw invalidField('container.working_dir', path, 'is not a plain absolute path. Leave ".." out.');
  return (
    path
      .replace(/\/+/g, '/')
      .replace(/(?:\/\.)+(?=\/|$)/g, '')
      .replace(/(.)\/$/, '$1') || '/'
  );
}

function resourcesOf(resources: ExecutionRequest['container']['resources'] = {}): PlanDraft['resources'] {
  const { cpus, memory, pids, disk, shm, gpus } = resources;
  const memoryBytes = sizeOf('memory', memory);
  const scratchBytes = sizeOf('disk', disk);
  const shmBytes = sizeOf('shm', shm);
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(pids === undefined ? {} : { pids }),
    ...(scratchBytes === undefined ? {} : { scratchBytes }),
    ...(shmBytes === undefined ? {} : { shmBytes }),
    ...(gpus === undefined || gpus === 0 ? {} : { gpus }),
  };
}

function sizeOf(field: 'memory' | 'disk' | 'shm', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBytes(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  throw invalidField(`container.resources.${field}`, text, 'is not a size. Write it as "512m" or "2g".');
}

function replyOf({ reply_to: replyTo }: ExecutionRequest, channel: string): Pick<PlanDraft, 'address'> {
  if (replyTo === undefined) return {};
  if (!isReplyChannel(replyTo, channel))
    throw invalidField('reply_to', replyTo, `is not an answer channel. It has to begin with "${channel}:".`);
  return { address: addressOf(replyTo) };
}
