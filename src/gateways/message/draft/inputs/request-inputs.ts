import { posix } from 'node:path';
import { describePathProblem, relativeBelow } from '../../../../support/files/container-path.ts';
import { compareKeys, findPathBelow, pathKey } from '../../../../support/files/find-path-below.ts';
import { stringifyJson } from '../../../../support/json/json.ts';
import type { Input } from '../../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../../wire/request/request.ts';
import { invalidField } from '../../request/invalid-request.ts';
import { serviceUrls } from '../service-urls.ts';
import { layout } from '../workspace-layout.ts';
import { stdinInputs } from './request-stdin.ts';
import { urlSource } from './url-inputs.ts';

type RequestInput = NonNullable<ExecutionRequest['input']>;
type RequestFile = NonNullable<RequestInput['files']>[number];
type RequestObject = NonNullable<RequestInput['minio_objects']>[number];
type RequestUrl = NonNullable<RequestInput['objects']>[number];

/** @throws ExecError INVALID_REQUEST for a path that leaves its directory, or two inputs for one path */
export function inputsOf(request: ExecutionRequest, servicePort: number): Input[] {
  const { input = {}, service_access: services = [] } = request;
  const inputs: Input[] = [
    ...jsonInput('input.graph_data', layout.graph, input.graph_data),
    ...jsonInput('input.config_data', layout.configFile, input.config_data),
    jsonFile('service_access', layout.services, serviceUrls(services, servicePort)),
    ...stdinInputs(request),
    ...(input.files ?? []).map(fileInput),
    ...(input.minio_objects ?? []).map(objectInput),
    ...(input.objects ?? []).map(urlInput),
  ];
  refuseSharedPaths(inputs);
  return input.writable === true ? inputs.map(makeWritable) : inputs;
}

/** What is mounted read-write. */
function makeWritable(input: Input): Input {
  const isInput = input.path === layout.input || input.path.startsWith(`${layout.input}/`);
  return isInput ? { ...input, writable: true } : input;
}

function jsonInput(origin: string, path: string, value: unknown): Input[] {
  return value === undefined ? [] : [jsonFile(origin, path, value)];
}

function jsonFile(origin: string, path: string, value: unknown): Input {
  return { kind: 'inline', origin, path, content: stringifyJson(value), encoding: 'utf8' };
}

function fileInput(file: RequestFile, index: number): Input {
  const field = file.path === undefined ? 'name' : 'path';
  const origin = `input.files[${index}]`;
  const path = filePathBelowInput(`${origin}.${field}`, file.path ?? file.name);
  const mode = typeof file.mode === 'string' ? Number.parseInt(file.mode, 8) : file.mode;
  return {
    kind: 'inline',
    origin,
    path,
    content: file.content,
    encoding: file.encoding ?? 'utf8',
    ...(mode === undefined ? {} : { mode }),
  };
}

function objectInput(object: RequestObject, index: number): Input {
  const origin = `input.minio_objects[${index}]`;
  const { object_name: name, local_path: localPath, bucket } = object;
  const inBucket = bucket === undefined ? {} : { bucket };
  if (name.endsWith('/')) {
    const path = localPath === undefined ? layout.input : belowInput(`${origin}.local_path`, localPath);
    return { kind: 'prefix', origin, path: path.replace(/\/$/, ''), prefix: name, ...inBucket };
  }
  const field = localPath === undefined ? 'object_name' : 'local_path';
  const path = filePathBelowInput(`${origin}.${field}`, localPath ?? posix.basename(name));
  return { kind: 'object', origin, path, name, ...inBucket };
}

function urlInput(object: RequestUrl, index: number): Input {
  const origin = `input.objects[${index}]`;
  const source = urlSource(`${origin}.url`, object);
  if (source.kind === 'prefix')
    return { ...source, origin, path: belowInput(`${origin}.path`, object.path).replace(/\/$/, '') };
  const path = filePathBelowInput(`${origin}.path`, object.path);
  return { ...source, origin, path, ...(object.sha256 === undefined ? {} : { sha256: object.sha256 }) };
}

function filePathBelowInput(field: string, path: string): string {
  const resolved = belowInput(field, path);
  if (resolved.endsWith('/')) throw invalidField(field, path, 'names a directory. Name a file.');
  return resolved;
}

function belowInput(field: string, path: string): string {
  const below = relativeBelow(path);
  if ('path' in below) return `${layout.input}/${below.path}`;
  throw invalidField(
    field,
    path,
    `${describePathProblem(below.problem)}. Write a path relative to ${layout.input}, without "..".`,
  );
}

function refuseSharedPaths(inputs: readonly Input[]): void {
  const owners = new Map<string, string>();
  for (const { path, origin, kind } of inputs) {
    if (kind === 'prefix') continue;
    const owner = owners.get(path);
    if (owner !== undefined)
      throw invalidField(origin, path, `is also the path of ${owner}. Give each input a path of its own.`);
    owners.set(path, origin);
  }
  const sorted = Array.from(owners, ([path, origin]) => ({ path, origin, key: pathKey(path) })).sort(compareKeys);
  const found = findPathBelow(sorted);
  if (found === undefined) return;
  const { item, above } = found;
  throw invalidField(item.origin, item.path, `lies below ${above.path}, which ${above.origin} makes a file.`);
}
