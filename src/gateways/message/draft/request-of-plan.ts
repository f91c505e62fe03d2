import { joinFields } from '../../../support/json/join-fields.ts';
import type { ExecutionPlan, Input, Output } from '../../../wire/plan/plan.ts';
import { replyToOf } from '../response/reply-address.ts';
import { serviceVariables } from './service-urls.ts';
import { agentVariables, layout } from './workspace-layout.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A request that leads to this plan again, as JSON text: what the first one left open has the value that was used. Secrets
 * are names only. Graph and configuration are not parsed, which takes seconds for large ones, and keep every digit.
 * @param isAnother whether the text is for another execution: it has no correlation id, and no address for the response
 */
export function requestTextOf(plan: ExecutionPlan, { isAnother = false } = {}): string {
  const inputs = inputOf(plan);
  const request = requestOfPlan(plan, inputs);
  const input = joinFields(inputs, {
    graph_data: jsonTextOf('input.graph_data', plan.inputs),
    config_data: jsonTextOf('input.config_data', plan.inputs),
  });
  return joinFields(request, {
    input: input === '{}' ? undefined : input,
    ...(isAnother ? { correlation_id: undefined, reply_to: undefined } : {}),
  });
}

function jsonTextOf(origin: string, inputs: readonly Input[]): string | undefined {
  const input = inputs.find((each) => each.origin === origin);
  return input?.kind === 'inline' ? input.content : undefined;
}

/** JSON texts of the input are null. */
function requestOfPlan(plan: ExecutionPlan, inputs: Fields): Fields {
  const { correlationId, name, tags, priority, timeoutSeconds, retry, secrets, network, steps, address } = plan;
  const [step] = steps;
  const environment = Object.fromEntries(
    Object.entries(step?.env ?? {}).filter(([variable]) => !isOwnVariable(variable, plan)),
  );
  const replyTo = replyToOf(address);
  return withoutAbsent({
    correlation_id: correlationId ?? undefined,
    name,
    container: containerOf(plan),
    input: unlessEmpty(inputs),
    output: unlessEmpty(outputOf(plan)),
    environment: unlessEmpty(environment),
    timeout: timeoutSeconds,
    service_access: network.services.length === 0 ? undefined : network.services,
    service_budget: network.budgets,
    priority: priority === 0 ? undefined : priority,
    retry:
      retry.attempts === 1 && !retry.onExit
        ? undefined
        : { attempts: retry.attempts, ...(retry.onExit ? { on: ['exit'] } : {}) },
    tags: unlessEmpty(tags),
    secrets,
    reply_to: replyTo,
  });
}

function isOwnVariable(name: string, { id, network }: ExecutionPlan): boolean {
  return name in agentVariables(id) || name in serviceVariables(network.services, 0);
}

function containerOf({ steps: [step], placement, network, resources, inputs }: ExecutionPlan): Fields {
  const { cpus, memoryBytes, pids, scratchBytes, shmBytes, gpus } = resources;
  return withoutAbsent({
    image: step?.image.reference,
    pull: step?.image.pull === 'missing' ? undefined : step?.image.pull,
    command: step?.command,
    entrypoint: step?.entrypoint,
    stdin: stdinOf(step?.stdin, inputs),
    working_dir: step?.workingDir === layout.root ? undefined : step?.workingDir,
    user: step?.user,
    read_only_root: step?.readOnlyRoot === true ? true : undefined,
    ports: unlessEmpty(Object.fromEntries(network.ports.map(({ container, host }) => [container, host]))),
    placement,
    network: network.mode === 'none' ? undefined : network.mode,
    resources: withoutAbsent({
      cpus,
      memory: sizeOf(memoryBytes),
      pids,
      disk: sizeOf(scratchBytes),
      shm: sizeOf(shmBytes),
      gpus,
    }),
  });
}

function stdinOf(path: string | undefined, inputs: readonly Input[]): unknown {
  if (path === undefined) return undefined;
  const own = inputs.find(({ origin }) => origin === 'container.stdin');
  if (own?.kind !== 'inline') return { input: belowInput(path) };
  return own.encoding === 'utf8' ? own.content : { content: own.content, encoding: own.encoding };
}

function sizeOf(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const isWhole = bytes % 1024 ** 2 === 0 && Number.isSafeInteger(bytes);
  // Not as a power of ten, which is no size.
  return isWhole ? `${bytes / 1024 ** 2}m` : `${BigInt(bytes)}b`;
}

function inputOf({ inputs, volumes }: ExecutionPlan): Fields {
  const made = (origin: string) => (inputs.some((input) => input.origin === origin) ? null : undefined);
  const some = (list: string, entryOf: (input: Input) => Fields) => {
    const entries = inputs.filter(({ origin }) => origin.startsWith(`input.${list}[`)).map(entryOf);
    return entries.length === 0 ? undefined : entries;
  };
  return withoutAbsent({
    graph_data: made('input.graph_data'),
    config_data: made('input.config_data'),
    files: some('files', fileOf),
    minio_objects: some('minio_objects', objectOf),
    objects: some('objects', urlOf),
    writable: volumes.some(({ path, access }) => path === layout.input && access === 'read-write') ? true : undefined,
  });
}

function belowInput(path: string): string {
  return path.slice(layout.input.length + 1);
}

function fileOf(input: Input): Fields {
  if (input.kind !== 'inline') return {};
  const { path, content, encoding, mode } = input;
  return withoutAbsent({ name: belowInput(path), content, encoding: encoding === 'utf8' ? undefined : encoding, mode });
}

function objectOf(input: Input): Fields {
  if (input.kind !== 'object' && input.kind !== 'prefix') return {};
  const below = belowInput(input.path);
  return withoutAbsent({
    object_name: input.kind === 'object' ? input.name : input.prefix,
    local_path: below === '' ? undefined : below,
    bucket: input.bucket,
  });
}

function urlOf(input: Input): Fields {
  const path = belowInput(input.path);
  if (input.kind === 'inline' || input.kind === 'directory') return {};
  if (input.kind === 'prefix') return { url: s3Url(input.bucket, input.prefix), path };
  const url = input.kind === 'url' ? input.url : s3Url(input.bucket, input.name);
  return withoutAbsent({ url, path, sha256: input.sha256 });
}

function s3Url(bucket: string | undefined, name: string): string {
  return `s3://${bucket}/${name}`;
}

function outputOf({ outputs, returnLogs }: ExecutionPlan): Fields {
  const expected = outputs.flatMap((output) =>
    output.kind === 'files' ? [output.required ? output.pattern : { path: output.pattern, optional: true }] : [],
  );
  const graph = outputs.find((output) => output.kind === 'graph');
  return withoutAbsent({
    expected_files: expected.length === 0 ? undefined : expected,
    graph_update: graph && (graph.optional === true ? 'optional' : true),
    minio_upload: outputs.some(({ origin }) => origin === 'output.minio_upload') ? true : undefined,
    upload_to: uploadToOf(outputs),
    follow_links: outputs.some((output) => 'links' in output && output.links === 'inside') ? true : undefined,
    return_logs: returnLogs ? true : undefined,
  });
}

function uploadToOf(outputs: readonly Output[]): unknown {
  const whole = outputs.find((output) => output.kind === 'upload' && output.origin === 'output.upload_to');
  if (whole?.kind === 'upload') return s3Url(whole.bucket, whole.prefix);
  const files = outputs.flatMap((output) =>
    output.kind === 'put'
      ? [{ path: output.name, url: output.to.kind === 'url' ? output.to.url : s3Url(output.to.bucket, output.to.name) }]
      : [],
  );
  return files.length === 0 ? undefined : files;
}

function withoutAbsent(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function unlessEmpty(fields: Fields): Fields | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields;
}
