import type { Duplex } from 'node:stream';
import type { ZodType } from 'zod';
import { createUrlOpener, type OpenUrl } from '../inputs/urls/open-url.ts';
import { createUrlPut, createUrlSender, type SendToUrl } from '../outputs/upload/put-to-url.ts';
import type { Channel } from '../support/channels/channel.ts';
import { type Channels, openChannels } from '../support/channels/open-channels.ts';
import { readBounded } from '../support/channels/read-bounded.ts';
import { ExecError } from '../support/exec-error.ts';
import { readJson } from '../support/json/read-json.ts';
import { createMask } from '../support/text/mask.ts';
import {
  type CollectPlan,
  collectPlanSchema,
  maxPlanBytes,
  type StagePlan,
  stagePlanSchema,
  type Task,
  taskSchema,
} from '../wire/pod/keeper.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../workspace/stage-report.ts';
import { askAgent } from './ask-agent.ts';
import { createStaging } from './create-staging.ts';
import { fillFiles } from './fill-files.ts';

export interface ServeOptions {
  /** The tasks that the agent may order. */
  readonly tasks: readonly Task['task'][];
  /** Every address of a host name, for URLs that the agent names. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** How a file is sent again to a URL when a server fails for the moment. */
  readonly retry?: { readonly attempts: number; readonly backoffMs: number };
}

const defaultRetry = { attempts: 4, backoffMs: 500 };
const directLimits = { maxRedirects: 0, idleMs: 30_000 };

/**
 * Stages and collects beside the data what an agent orders over the connection; asks the agent for everything that is not in
 * the directories. Resolves when the connection has ended.
 */
export async function serveTasks(
  connection: Duplex,
  { tasks, lookup, retry = defaultRetry }: ServeOptions,
): Promise<void> {
  const channels: Channels = openChannels(connection, {
    side: 'even',
    onChannel: (channel, message) => {
      perform(channel, message).catch((error: unknown) => channel.fail(error));
    },
  });

  const perform = async (channel: Channel, message: unknown): Promise<void> => {
    const { task } = taskSchema.parse(message);
    if (!tasks.includes(task)) throw new ExecError('INVALID_REQUEST', `This program does not ${task}.`);
    const text = await readBounded(channel.input, maxPlanBytes);
    // The agent ends the conversation to stop the work.
    const stopping = new AbortController();
    channel.output.once('close', () => stopping.abort(new ExecError('CANCELED', 'The agent ended the conversation.')));
    const parts = { channels, retry, lookup, signal: stopping.signal };
    const result = await (task === 'stage'
      ? stage(parsePlan(text, stagePlanSchema), parts)
      : collect(parsePlan(text, collectPlanSchema), parts));
    await channel.reply({});
    channel.output.end(JSON.stringify(result));
  };

  await channels.closed;
}

interface TaskParts extends Required<Pick<ServeOptions, 'lookup' | 'retry'>> {
  readonly channels: Channels;
  readonly signal: AbortSignal;
}

async function stage(plan: StagePlan, parts: TaskParts): Promise<StageReport> {
  const report = await stagingOf(plan, parts).stage(rootsOf(plan), plan.inputs, parts.signal);
  await fillFiles(plan.fills ?? [], parts.signal);
  return report;
}

function collect(plan: CollectPlan, parts: TaskParts) {
  const { roomBytes, hide } = plan;
  const mask = hide.length === 0 ? undefined : createMask(hide.map((value) => Buffer.from(value, 'base64')));
  const options = { ...(roomBytes === undefined ? {} : { roomBytes }), ...(mask && { mask }) };
  return stagingOf(plan, parts).collect(rootsOf(plan), plan.outputs, parts.signal, options);
}

function stagingOf({ limits, defaultBucket, direct }: StagePlan | CollectPlan, { channels, retry, lookup }: TaskParts) {
  const own = direct ? directOver(lookup) : undefined;
  const { store, openUrl, sendToUrl } = askAgent({ channels, defaultBucket, direct: own });
  return createStaging({ store, openUrl, putToUrl: createUrlPut({ send: sendToUrl, ...retry }), limits });
}

/** The agent has chosen these URLs, so their hosts are allowed, and no others. */
function directOver(lookup: ServeOptions['lookup']) {
  const rules = ({ hostname }: URL) => ({ allowedHosts: [hostname], lookup });
  const open: OpenUrl = (url, signal) =>
    createUrlOpener({ ...rules(url), allowedDirectories: [], limits: directLimits })(url, signal);
  const send: SendToUrl = (body, size, url, signal) =>
    createUrlSender({ ...rules(url), allowedDirectories: [], idleMs: directLimits.idleMs })(body, size, url, signal);
  return { open, send };
}

function rootsOf({ volumes }: StagePlan | CollectPlan): WorkspaceRoots {
  return new Map(volumes.map(({ path, directory }) => [path, directory]));
}

function parsePlan<Plan>(text: string, schema: ZodType<Plan>): Plan {
  const { data, problem } = readJson(text, schema);
  if (data === undefined) throw new ExecError('INTERNAL', `The plan cannot be read: ${problem}.`);
  return data;
}
