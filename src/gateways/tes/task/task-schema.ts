import { z } from 'zod';
import { maxSteps } from '../../../wire/plan/plan.ts';
import { boundedMap } from '../../../wire/request/bounded-map.ts';
import { argumentText, textWithoutNul } from '../../../wire/request/bounded-text.ts';
import { requestLimits as limits } from '../../../wire/request/request-limits.ts';

const maxFiles = 10_000;
const maxVolumes = 100;
const maxText = 4096;

const path = z.string().min(1).max(maxText).describe('An absolute path in the container.');
const text = z.string().max(maxText * 16);
const fileType = z.enum(['FILE', 'DIRECTORY'], { error: 'FILE or DIRECTORY' }).optional();

const inputSchema = z.object({
  name: text.optional(),
  description: text.optional(),
  url: text.optional().describe('s3://, https://, http://, file:// or a path of the host of the agent.'),
  path,
  type: fileType,
  content: z.string().optional().describe('The content itself. It takes precedence over url.'),
  streamable: z.boolean().optional().describe('Ignored.'),
});

const outputSchema = z.object({
  name: text.optional(),
  description: text.optional(),
  url: text
    .min(1)
    .describe(
      's3://, https://, http://, file:// or a path of the host of the agent. For directories and wildcards s3:// only.',
    ),
  path: path.describe('An absolute path in the container. With path_prefix it may have the wildcards *, ? and [].'),
  path_prefix: path.optional().describe('The directory above the wildcards. The rest of the path is added to url.'),
  type: fileType,
});

const executorSchema = z.object({
  image: text.min(1),
  command: z
    .array(argumentText('an input'))
    .min(1)
    .max(limits.arguments)
    .describe('The program and its arguments, in place of those of the image.'),
  workdir: path.optional(),
  stdin: path.optional(),
  stdout: path.optional(),
  stderr: path.optional(),
  env: boundedMap(z.string(), z.string(), limits.variables).optional(),
  ignore_error: z.boolean().optional().describe('Continue with the next executor when this one fails.'),
});

const amount = z.number().min(0);

const resourcesSchema = z.object({
  cpu_cores: amount.optional(),
  preemptible: z.boolean().optional().describe('Ignored.'),
  ram_gb: amount.optional().describe('Gigabytes of 10^9 bytes.'),
  disk_gb: amount.optional().describe('Gigabytes of 10^9 bytes, for inputs and outputs together.'),
  zones: z.array(text).max(maxVolumes).optional().describe('Ignored.'),
  backend_parameters: boundedMap(textWithoutNul(limits.tagName), text, limits.tags).optional(),
  backend_parameters_strict: z.boolean().optional().describe('Refuse unknown backend parameters.'),
});

/** A task as clients send it: TES 1.1, without nulls. Fields that only a server writes are ignored. */
export const taskSchema = z.object({
  name: textWithoutNul(limits.name).optional(),
  description: text.optional(),
  inputs: z.array(inputSchema).max(maxFiles).optional(),
  outputs: z.array(outputSchema).max(maxFiles).optional(),
  resources: resourcesSchema.optional(),
  executors: z.array(executorSchema).min(1).max(maxSteps),
  volumes: z.array(path).max(maxVolumes).optional(),
  tags: boundedMap(textWithoutNul(limits.tagName), textWithoutNul(limits.tagValue), limits.tags).optional(),
});

export type Task = z.infer<typeof taskSchema>;
export type TaskInput = NonNullable<Task['inputs']>[number];
export type TaskOutput = NonNullable<Task['outputs']>[number];
export type TaskExecutor = Task['executors'][number];

/** Some clients send an empty text with every URL. */
export function contentOf({ content, url = '' }: Pick<TaskInput, 'content' | 'url'>): string | undefined {
  return content === '' && url !== '' ? undefined : content;
}
