import { posix } from 'node:path';
import { invalidField } from '../../message/request/invalid-request.ts';
import { containerPath } from './task-paths.ts';
import { contentOf, type Task, type TaskExecutor, type TaskInput, type TaskOutput } from './task-schema.ts';

type FileType = 'FILE' | 'DIRECTORY';

interface Placed {
  /** The field that names the path. */
  readonly origin: string;
  readonly path: string;
}

export interface PlacedInput extends Placed {
  /** `inputs[0]` */
  readonly field: string;
  readonly input: TaskInput;
  readonly type: FileType;
}

export interface PlacedOutput extends Placed {
  /** `outputs[0]` */
  readonly field: string;
  readonly output: TaskOutput;
  readonly type: FileType;
  /** The directory that is looked at. */
  readonly root: string;
  /** What is collected of it, as a glob; absent: the file, or all of the directory. */
  readonly pattern?: string;
}

export type StreamName = 'stdin' | 'stdout' | 'stderr';

export interface PlacedStream extends Placed {
  readonly executor: number;
  readonly stream: StreamName;
}

/** A task whose paths are normalised. */
export interface PlacedTask {
  readonly inputs: readonly PlacedInput[];
  readonly outputs: readonly PlacedOutput[];
  readonly streams: readonly PlacedStream[];
  readonly volumes: readonly Placed[];
  readonly hasStreams: boolean;
}

/** @throws ExecError INVALID_REQUEST naming the field */
export function placeTask({ inputs = [], outputs = [], volumes = [], executors }: Task): PlacedTask {
  const streams = executors.flatMap(streamsOf);
  return {
    inputs: inputs.map((input, index) => {
      const field = `inputs[${index}]`;
      const path = containerPath(`${field}.path`, input.path);
      // Content is that of a file, also where the type says directory.
      const type = contentOf(input) === undefined ? (input.type ?? 'FILE') : 'FILE';
      return { field, origin: `${field}.path`, input, path, type };
    }),
    outputs: outputs.map((output, index) => placeOutput(output, `outputs[${index}]`)),
    streams,
    volumes: volumes.map((path, index) => ({
      origin: `volumes[${index}]`,
      path: containerPath(`volumes[${index}]`, path),
    })),
    hasStreams: streams.length > 0,
  };
}

const streamNames: readonly StreamName[] = ['stdin', 'stdout', 'stderr'];

function streamsOf(executor: TaskExecutor, index: number): readonly PlacedStream[] {
  return streamNames.flatMap((stream) => {
    const path = executor[stream];
    if (path === undefined) return [];
    const origin = `executors[${index}].${stream}`;
    return [{ executor: index, stream, origin, path: containerPath(origin, path) }];
  });
}

function placeOutput(output: TaskOutput, field: string): PlacedOutput {
  const { type = 'FILE', path_prefix: prefix } = output;
  const origin = `${field}.path`;
  const path = containerPath(origin, output.path);
  const common = { field, origin, output, path, type };
  if (prefix === undefined && !/[*?]/.test(path))
    return { ...common, root: type === 'DIRECTORY' ? path : posix.dirname(path) };
  if (prefix === undefined)
    throw invalidField(origin, output.path, 'has wildcards. Name the directory above them in path_prefix.');
  const root = containerPath(`${field}.path_prefix`, prefix);
  if (/[*?[]/.test(root) || !path.startsWith(root === '/' ? root : `${root}/`))
    throw invalidField(`${field}.path_prefix`, prefix, `is no directory above ${path}. Name one, without wildcards.`);
  const below = path.slice(root.length + 1);
  if (!/[*?[]/.test(below)) return { ...common, root: type === 'DIRECTORY' ? path : posix.dirname(path) };
  // In a task, braces are characters like others.
  const pattern = below.replaceAll(/[{}]/g, '\\$&');
  return { ...common, root, pattern: type === 'DIRECTORY' ? `${pattern}/**` : pattern };
}
