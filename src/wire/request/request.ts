import { z } from 'zod';
import { sha256Schema } from '../plan/plan.ts';
import { traceparentSchema, tracestateSchema } from '../traceparent.ts';
import { boundedMap } from './bounded-map.ts';
import { argumentText, boundedText as bounded, noNul, noNulHint, textWithoutNul as text } from './bounded-text.ts';
import { labelKey, labelKeyHint, labelValue, labelValueHint } from './labels.ts';
import { requestLimits as limits } from './request-limits.ts';

const budgetSchema = z.number().int().nonnegative();

const relativePath = text(limits.path).min(1, 'a path may not be empty');

const argument = argumentText('a file (input.files)');

const jsonObject = z.record(z.string(), z.unknown());

/** A property graph. Nodes and relationships keep all fields that the caller sets. */
export const graphSchema = z.looseObject({
  nodes: z
    .array(jsonObject)
    .max(limits.graphNodes)
    .describe('The nodes, usually with `id`, `labels` and `properties`.'),
  relationships: z.array(jsonObject).max(limits.graphRelationships).describe('The relationships between nodes.'),
  metadata: jsonObject.optional(),
});

const portSchema = z.string().regex(/^\d{1,5}$/, 'a port number as text, such as "8000"');

const stdinSchema = z.union([
  z.string(),
  z.object({
    content: z.string().optional(),
    encoding: z.enum(['utf8', 'base64']).optional().describe('Of `content`. Default: `utf8`.'),
    input: relativePath
      .optional()
      .describe('Instead of `content`: the path of an input, relative to `/workspace/input`.'),
  }),
]);

const containerSchema = z.object({
  image: text(limits.image).min(1).describe('Image to run: `alpine`, `registry/team/name:tag`, `name@sha256:…`.'),
  pull: z.enum(['missing', 'always', 'never']).optional().describe('When to pull. Default: `missing`.'),
  command: z
    .array(argument)
    .max(limits.arguments)
    .optional()
    .describe("The image's arguments, as after `docker run IMAGE`."),
  entrypoint: z.array(argument).max(limits.arguments).optional().describe("Replaces the image's entry point."),
  user: text(limits.user).optional().describe('`user`, `uid` or `uid:gid`. Default: the image’s.'),
  read_only_root: z.boolean().optional().describe('Mount the root filesystem read-only.'),
  stdin: stdinSchema
    .optional()
    .describe(
      'Standard input of the command: text, `{"content", "encoding": "base64"}`, or `{"input": "data.csv"}` for an input. Default: at its end.',
    ),
  working_dir: text(limits.path).startsWith('/', 'an absolute path').optional().describe('Default: `/workspace`.'),
  ports: boundedMap(portSchema, z.union([portSchema, z.number().int()]), limits.ports)
    .optional()
    .describe(
      'Container port to host port, on 127.0.0.1 of the agent’s host, while the container runs. Host ports are limited to `EXEC_PORTS` (default 20000-32767) or the policy.',
    ),
  resources: z
    .object({
      cpus: z.number().positive().optional().describe('CPUs, fractions allowed.'),
      memory: z.string().optional().describe('Bytes with a unit: `512m`, `2g`.'),
      pids: z.number().int().positive().optional().describe('Processes and threads.'),
      disk: z.string().optional().describe('Size of `/tmp`, of `/workspace` and of the root filesystem, each: `1g`.'),
      shm: z.string().optional().describe('Size of `/dev/shm`, which counts as memory: `256m`.'),
      gpus: z
        .union([z.number().int().nonnegative(), z.literal('all')], 'a number of GPUs, or "all"')
        .optional()
        .describe('GPUs, if the host has any.'),
    })
    .optional(),
  placement: boundedMap(
    z.string().regex(labelKey, labelKeyHint),
    z.string().regex(labelValue, labelValueHint),
    limits.placement,
  )
    .optional()
    .describe(
      'Labels that an agent must have to run it (`EXEC_LABELS`; `runtime` and `arch` are built in): `{"gpu": "a100"}`. Default: any agent.',
    ),
  network: z.enum(['none', 'open']).optional().describe('`open` if the policy allows it. Default: `none`.'),
});

const minioObjectSchema = z.object({
  object_name: text(limits.path).min(1).describe('A name that ends in `/` fetches the whole prefix.'),
  local_path: relativePath.optional().describe('Below the input directory. Default: the last part of the name.'),
  bucket: text(limits.path).min(1).optional(),
});

const fileSchema = z.object({
  name: relativePath,
  path: relativePath.optional().describe('Below the input directory. Default: `name`.'),
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']).optional().describe('Default: `utf8`.'),
  mode: z
    .union([z.number().int().min(0).max(0o777), z.string().regex(/^0?[0-7]{3}$/, 'octal, such as "755"')])
    .optional(),
});

const urlObjectSchema = z.object({
  url: bounded(limits.url)
    .min(1)
    .describe(
      '`s3://bucket/name` in the configured store, `https://…`, `http://…` or `file:///…`. An s3 URL that ends in `/` fetches the whole prefix.',
    ),
  path: relativePath.describe('Below the input directory.'),
  sha256: sha256Schema.optional().describe('Checksum that the content must have.'),
});

const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a name of letters, digits and "_", such as OPENAI_KEY');

const inputSchema = z.object({
  graph_data: graphSchema.optional().describe('Becomes `/workspace/input/graph_data.json`.'),
  minio_objects: z.array(minioObjectSchema).max(limits.objects).optional(),
  objects: z.array(urlObjectSchema).max(limits.objects).optional(),
  files: z.array(fileSchema).max(limits.files).optional(),
  config_data: jsonObject.optional().describe('Becomes `/workspace/config/config.json`.'),
  writable: z
    .boolean()
    .optional()
    .describe(
      'Mount `/workspace/input` read-write. The container changes its own copy, which counts as output for the limits. Default: false.',
    ),
});

const uploadSchema = z.object({
  path: relativePath.describe('A file below the output directory. It must exist.'),
  url: bounded(limits.url)
    .min(1)
    .describe(
      '`s3://bucket/name` in the configured store, an `https://…` or `http://…` URL that takes a PUT, such as a presigned one, or `file:///…` where the agent allows it (`EXEC_OUTPUT_FILES`).',
    ),
});

const expectedFileSchema = z.union([
  relativePath,
  z.object({
    path: relativePath,
    optional: z.boolean().optional().describe('Return it if it exists; a missing one is no failure. Default: false.'),
  }),
]);

const outputSchema = z.object({
  expected_files: z
    .array(expectedFileSchema)
    .max(limits.expectedFiles)
    .optional()
    .describe(
      'Paths, directories ending in `/`, or globs, relative to `/workspace/output`; or `{"path": …, "optional": true}` for what may be missing.',
    ),
  minio_upload: z.boolean().optional().describe('Upload the output directory to the object store.'),
  upload_to: z
    .union(
      [bounded(limits.url).min(1), z.array(uploadSchema).max(limits.uploads)],
      'an S3 URL that ends in "/", or a list of {"path", "url"}',
    )
    .optional()
    .describe(
      '`s3://bucket/prefix/`, to upload the whole output directory there; or a list of files with a URL for each.',
    ),
  graph_update: z
    .union([z.boolean(), z.literal('optional')], 'true, false or "optional"')
    .optional()
    .describe(
      'Return `/workspace/output/graph_update.json`. A missing file is a warning; with `optional` it is none. An invalid one fails the execution.',
    ),
  follow_links: z
    .boolean()
    .optional()
    .describe(
      'Return and upload a symbolic link to a file below `/workspace/output` as that file. Links that lead elsewhere are still left out. Default: false.',
    ),
  return_logs: z.boolean().optional().describe('Return the output with times and streams.'),
});

/**
 * One request, as it stands on the request channel. Unknown fields are accepted and named in the answer's warnings.
 */
export const executionRequestSchema = z
  .object({
    correlation_id: bounded(limits.correlationId).min(1).optional().describe('Returned in the response.'),
    container: containerSchema,
    input: inputSchema.optional(),
    output: outputSchema.optional(),
    environment: boundedMap(
      z.string().regex(/^[^=\0]+$/, 'a variable name without "=" and without a NUL character'),
      z.union([z.string().regex(noNul, noNulHint), z.number(), z.boolean()], 'text, a number, true or false; no NUL'),
      limits.variables,
    ).optional(),
    timeout: z.number().positive().optional().describe('Seconds the container may run. Default: 300.'),
    service_access: z
      .array(text(limits.serviceName))
      .max(limits.services)
      .optional()
      .describe('Services the container may call: `data`, `ai`, or one that the agent was configured with.'),
    service_budget: boundedMap(
      z.string(),
      z.object({ calls: budgetSchema.optional(), tokens: budgetSchema.optional() }),
      limits.services,
    )
      .optional()
      .describe('Maximum calls and tokens per granted service. Above it, the service returns 429.'),
    priority: z
      .number()
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Higher runs first, among the requests of the tenant. Default: 0.'),
    retry: z
      .object({
        attempts: z.number().int().min(1).max(10),
        on: z
          .array(z.enum(['exit']))
          .max(1)
          .optional(),
      })
      .optional(),
    tags: boundedMap(text(limits.tagName), text(limits.tagValue), limits.tags).optional(),
    name: text(limits.name).optional(),
    reply_to: text(limits.channel)
      .optional()
      .describe('A channel that receives the response instead of the common one.'),
    traceparent: traceparentSchema
      .optional()
      .describe(
        'The trace that the execution is part of (W3C Trace Context). Containers get it as the variable `TRACEPARENT`. Default: the HTTP header `traceparent`.',
      ),
    tracestate: tracestateSchema
      .optional()
      .describe(
        'What tracing systems note about that trace. Containers get it as the variable `TRACESTATE`. Default: the HTTP header `tracestate`, if the request has no `traceparent` of its own.',
      ),
    secrets: z
      .array(z.union([secretName, z.object({ name: secretName, as: z.enum(['variable', 'file']).optional() })]))
      .max(limits.secrets)
      .optional()
      .describe(
        'Secrets of the agent, by name: as a variable of that name (default), or as the file `/run/secrets/<name>`.',
      ),
    egress: z.unknown().optional(),
    upload_to: z.unknown().optional().describe('Wrong place: use `output.upload_to`.'),
    cache: z.unknown().optional(),
    not_before: z.unknown().optional(),
    record_services: z.unknown().optional(),
    replay: z.unknown().optional(),
  })
  .describe('A request to run one container.');

export type ExecutionRequest = z.infer<typeof executionRequestSchema>;
