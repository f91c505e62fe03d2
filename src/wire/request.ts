import { z } from 'zod';
import { sha256Schema } from './plan.ts';

const budgetSchema = z.number().int().nonnegative();

const relativePath = z.string().min(1, 'a path may not be empty');

const jsonObject = z.record(z.string(), z.unknown());

/** A property graph. Nodes and relationships carry whatever fields the caller gives them. */
export const graphSchema = z.looseObject({
  nodes: z.array(jsonObject).describe('The nodes, usually with `id`, `labels` and `properties`.'),
  relationships: z.array(jsonObject).describe('The relationships between nodes.'),
  metadata: jsonObject.optional(),
});

const portSchema = z.string().regex(/^\d{1,5}$/, 'a port number as text, such as "8000"');

const containerSchema = z.object({
  image: z.string().min(1).describe('Image to run: `alpine`, `registry/team/name:tag`, `name@sha256:…`.'),
  pull: z.enum(['missing', 'always', 'never']).optional().describe('When to pull. Default: `missing`.'),
  command: z.array(z.string()).optional().describe("The image's arguments, as after `docker run IMAGE`."),
  entrypoint: z.array(z.string()).optional().describe("Replaces the image's entry point."),
  user: z.string().optional().describe('`user`, `uid` or `uid:gid`. Default: the image’s.'),
  read_only_root: z.boolean().optional().describe('Mount the root filesystem read-only.'),
  working_dir: z.string().startsWith('/', 'an absolute path').optional().describe('Default: `/workspace`.'),
  ports: z
    .record(portSchema, z.union([portSchema, z.number().int()]))
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
      gpus: z
        .union([z.number().int().nonnegative(), z.literal('all')], 'a number of GPUs, or "all"')
        .optional()
        .describe('GPUs, where the engine has some.'),
    })
    .optional(),
  network: z.enum(['none', 'open']).optional().describe('`open` where the agent allows it. Default: `none`.'),
});

const minioObjectSchema = z.object({
  object_name: z.string().min(1).describe('A name ending in `/` brings the whole prefix.'),
  local_path: relativePath.optional().describe('Below the input directory. Default: the last part of the name.'),
  bucket: z.string().min(1).optional(),
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
  url: z
    .string()
    .min(1)
    .describe(
      '`s3://bucket/name` in the configured store, `https://…`, `http://…` or `file:///…`. An s3 URL that ends in `/` brings the whole prefix.',
    ),
  path: relativePath.describe('Below the input directory.'),
  sha256: sha256Schema.optional().describe('What the content has to have.'),
});

const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a name of letters, digits and "_", such as OPENAI_KEY');

const inputSchema = z.object({
  graph_data: graphSchema.optional().describe('Becomes `/workspace/input/graph_data.json`.'),
  minio_objects: z.array(minioObjectSchema).optional(),
  objects: z.array(urlObjectSchema).optional(),
  files: z.array(fileSchema).optional(),
  config_data: jsonObject.optional().describe('Becomes `/workspace/config/config.json`.'),
});

const uploadSchema = z.object({
  path: relativePath.describe('A file below the output directory, which has to be there.'),
  url: z
    .string()
    .min(1)
    .describe(
      '`s3://bucket/name` in the configured store, or an `https://…` or `http://…` URL that takes a PUT, such as a presigned one.',
    ),
});

const outputSchema = z.object({
  expected_files: z
    .array(relativePath)
    .optional()
    .describe('Paths, directories ending in `/`, or globs, relative to `/workspace/output`.'),
  minio_upload: z.boolean().optional().describe('Upload the output directory to the object store.'),
  upload_to: z
    .union([z.string().min(1), z.array(uploadSchema)], 'an S3 URL that ends in "/", or a list of {"path", "url"}')
    .optional()
    .describe(
      '`s3://bucket/prefix/`, below which the whole output directory is put, or single files with a URL for each.',
    ),
  graph_update: z.boolean().optional().describe('Return `/workspace/output/graph_update.json`.'),
  return_logs: z.boolean().optional().describe('Return the log with times and streams.'),
});

/**
 * One request, as it stands on the request channel. Unknown fields are accepted and named in the answer's warnings.
 */
export const executionRequestSchema = z
  .object({
    correlation_id: z.string().min(1).max(512).optional().describe('Comes back with the answer.'),
    container: containerSchema,
    input: inputSchema.optional(),
    output: outputSchema.optional(),
    environment: z
      .record(
        z.string().regex(/^[^=\0]+$/, 'a variable name without "="'),
        z.union([z.string(), z.number(), z.boolean()]),
      )
      .optional(),
    timeout: z.number().positive().optional().describe('Seconds the container may run. Default: 300.'),
    service_access: z
      .array(z.string())
      .optional()
      .describe('Services the container may call: `data`, `ai`, or one that the agent was configured with.'),
    service_budget: z
      .record(z.string(), z.object({ calls: budgetSchema.optional(), tokens: budgetSchema.optional() }))
      .optional()
      .describe('How much may be taken of a granted service; then it answers 429.'),
    priority: z.number().int().min(0).max(100).optional().describe('Higher runs first. Default: 0.'),
    retry: z.object({ attempts: z.number().int().min(1).max(10), on: z.array(z.enum(['exit'])).optional() }).optional(),
    tags: z.record(z.string(), z.string()).optional(),
    name: z.string().max(256).optional(),
    reply_to: z.string().optional().describe('A channel that gets the answer in place of the common one.'),
    secrets: z
      .array(z.union([secretName, z.object({ name: secretName, as: z.enum(['variable', 'file']).optional() })]))
      .optional()
      .describe(
        'Secrets of the agent, by name: as a variable of that name (default), or as the file `/run/secrets/<name>`.',
      ),
    egress: z.unknown().optional(),
    upload_to: z.unknown().optional().describe('Not here: write it into `output`.'),
    cache: z.unknown().optional(),
    not_before: z.unknown().optional(),
    record_services: z.unknown().optional(),
    replay: z.unknown().optional(),
  })
  .describe('A request to run one container.');

export type ExecutionRequest = z.infer<typeof executionRequestSchema>;
