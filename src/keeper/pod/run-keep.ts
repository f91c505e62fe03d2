import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { readJson } from '../../support/json/read-json.ts';
import { lookupHost } from '../../support/net/lookup-host.ts';
import { keepExits, keepPlaces, keepSettingsSchema, keepVariable, podPort } from '../../wire/pod/pod.ts';
import { createUsageMeter } from '../../workspace/tree/measure-usage.ts';
import { openClaims } from './agents/claims.ts';
import { serveAgents } from './agents/serve-agents.ts';
import { checkClosed } from './check-closed.ts';
import { openPodConnections } from './pod-connections.ts';
import { guardSteps } from './steps/guard-steps.ts';
import { keepSteps } from './steps/keep-steps.ts';
import { waitForOrphan } from './wait-for-orphan.ts';

export interface KeepOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the pod received the signal to end; it is served until it ends. */
  readonly isEnding: () => boolean;
  /** For the pod's log, which only operators read. */
  readonly tell: (line: string) => void;
}

/**
 * The program beside the steps of a pod: keeps their orders, output and ends, stages and collects, and serves the agents of the
 * deployment until one reports that everything is recorded.
 * @returns the exit code: 0 when everything is recorded; 3 when no agent came for too long, or the pod was ended before one came
 */
export async function runKeep({ environment, isEnding, tell }: KeepOptions): Promise<number> {
  const { data: settings, problem } = readJson(environment[keepVariable] ?? '', keepSettingsSchema);
  if (settings === undefined) throw new Error(`${keepVariable}: ${problem}`);
  const { pod, nonce, logBytes, orphanSeconds, waitSeconds } = settings;
  const steps = await keepSteps({
    ownDirectory: keepPlaces.own,
    ordersDirectory: keepPlaces.orders,
    lineDirectory: keepPlaces.line,
    nonce,
    steps: settings.steps,
    logBytes,
    checkNetwork: () => checkClosed({ canaries: [...settings.canaries, ...serviceOf(environment)] }),
    onTrouble: (error) => tell(String(error)),
  });
  const measure = createUsageMeter(settings.writable);
  const connections = await openPodConnections({
    lineDirectory: keepPlaces.line,
    nonce,
    ask: steps.connect,
    onTrouble: (error) => tell(String(error)),
  });
  const claims = await openClaims(join(keepPlaces.own, 'claim.json'));
  // Its execution would wait for that, and nothing waits for it now.
  if (waitSeconds !== undefined) await loadTasks();
  const server = await serveAgents({
    host: '::',
    port: podPort,
    pod,
    key: Buffer.from(settings.key, 'hex'),
    claims,
    steps,
    measure,
    serveData,
    connections,
    isEnding,
  });
  const guard = guardSteps({
    names: settings.steps,
    steps,
    measure,
    isServed: () => server.connections() > 0,
    tell,
  });
  /** A claim by the pod's own name leaves no room for that of an execution. */
  const retire = async () => (await claims.claim({ execution: pod, fence: 0 })).kind === 'granted';
  const orphaned = waitForOrphan({
    isServed: () => server.connections() > 0,
    isClaimed: () => claims.current() !== undefined,
    isEnding,
    patienceMs: orphanSeconds * 1000,
    ahead: waitSeconds === undefined ? undefined : { patienceMs: waitSeconds * 1000, retire },
  });
  const code = await Promise.race([
    server.done.then(() => keepExits.done),
    orphaned.passed.then(() => keepExits.orphaned),
  ]);
  orphaned.stop();
  guard.stop();
  steps.end();
  await server.close();
  await connections.close();
  await steps.close();
  return code;
}

const loadTasks = () => import('../serve-tasks.ts');

/** What stages and collects is large, and loaded once an agent asks for it. */
async function serveData(connection: Duplex): Promise<void> {
  const { serveTasks } = await loadTasks();
  await serveTasks(connection, { tasks: ['stage', 'collect'], lookup: lookupHost });
}

/** The address of the API server, which each pod has in its environment. */
function serviceOf({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }: KeepOptions['environment']) {
  return host === undefined || port === undefined ? [] : [`${host}:${port}`];
}
