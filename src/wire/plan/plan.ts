import { z } from 'zod';
import { traceparentSchema, tracestateSchema } from '../traceparent.ts';

/**
 * An absolute POSIX path inside the container, normalised: no `.`, `..`, empty part or NUL.
 */
export const containerPathSchema = z
  .string()
  .regex(/^(?!.*(?:\/\/|\/\.{1,2}(?:\/|$)|\0))\/.*$/s, 'an absolute, normalised path inside the container');

/** Maximum number of steps of an execution. Each has a container of its own. */
export const maxSteps = 100;

const imageSpecSchema = z.object({
  /** As written by the user: `alpine`, `registry:5000/team/name:tag`, `name@sha256:…`, or `host`. */
  reference: z.string().min(1),
  pull: z.enum(['missing', 'always', 'never']),
});

export const stepSchema = z.object({
  image: imageSpecSchema,
  /** The image's arguments, as after `docker run IMAGE`; absent: the image's own. */
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()),
  /** Absent: the image's own. */
  workingDir: containerPathSchema.optional(),
  user: z.string().optional(),
  /** A file in a volume that is its standard input, from the beginning; absent: standard input is at its end. */
  stdin: containerPathSchema.optional(),
  /** Files that it writes stdout and stderr to, instead of to the log; missing directories are made. */
  stdout: containerPathSchema.exactOptional(),
  stderr: containerPathSchema.exactOptional(),
  readOnlyRoot: z.boolean(),
  /** Go on to the next step when this one exits non-zero. */
  ignoreError: z.boolean(),
});

/** A directory that the steps share with the agent: staged before the first, collected after the last. */
export const volumeSchema = z.object({
  path: containerPathSchema,
  access: z.enum(['read-only', 'read-write']),
  /**
   * Names of the only files in it that containers see, each where it belongs in the directory of the image, which stays;
   * absent: the whole directory takes the place of the image's. They are staged before the first container is created.
   */
  files: z.array(z.string().regex(/^(?!\.{1,2}$)[^/\0]{1,255}$/, 'a file name')).exactOptional(),
});

const origin = z.string().describe('What this came from, in the words of the gateway, for messages');

/** Of a whole content. */
export const sha256Schema = z.string().regex(/^[0-9a-fA-F]{64}$/, '64 hexadecimal digits');

/** Every user of a container may change the file, and what is in the directories above it in its volume. */
const writable = z.literal(true).exactOptional();

export const inputSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('inline'),
    origin,
    writable,
    path: containerPathSchema,
    content: z.string(),
    encoding: z.enum(['utf8', 'base64']),
    /** Permission bits, such as 0o755. */
    mode: z.number().int().min(0).max(0o777).optional(),
  }),
  z.object({
    kind: z.literal('object'),
    origin,
    writable,
    path: containerPathSchema,
    bucket: z.string().optional(),
    name: z.string().min(1),
    sha256: sha256Schema.optional(),
  }),
  z.object({
    kind: z.literal('url'),
    origin,
    writable,
    path: containerPathSchema,
    /** `http:`, `https:` or `file:`; may hold secrets in its query. */
    url: z.url(),
    sha256: sha256Schema.optional(),
  }),
  z.object({
    kind: z.literal('prefix'),
    origin,
    writable,
    /** The directory that receives every object below the prefix. */
    path: containerPathSchema,
    bucket: z.string().optional(),
    prefix: z.string().min(1),
  }),
  z.object({
    /** An empty directory that every user of a container may write to. */
    kind: z.literal('directory'),
    origin,
    writable,
    path: containerPathSchema,
  }),
]);

/** How the gateway's responses call the parts of what is collected; `uploadName` is the name of an uploaded object. */
const contentFieldsSchema = z.object({
  files: z.string(),
  uploads: z.string(),
  uploadName: z.string(),
  graph: z.string(),
});

/** `inside`: a link to a regular file below the same root is collected as that file. Absent: no link is followed. */
const links = z.literal('inside').exactOptional();

export const outputSchema = z.discriminatedUnion('kind', [
  z.object({
    /** Files that come back inside the answer. */
    kind: z.literal('files'),
    origin,
    root: containerPathSchema,
    /** A path, a directory ending in `/`, or a glob, relative to the root. */
    pattern: z.string().min(1),
    required: z.boolean(),
    links,
  }),
  z.object({
    /** One JSON document that comes back parsed. */
    kind: z.literal('graph'),
    origin,
    path: containerPathSchema,
    /** No warning when there is none. */
    optional: z.literal(true).exactOptional(),
  }),
  z.object({
    /** A whole directory that goes to the object store. */
    kind: z.literal('upload'),
    origin,
    root: containerPathSchema,
    /** Only the files that this glob matches, relative to the root; absent: all. */
    pattern: z.string().min(1).exactOptional(),
    bucket: z.string().optional(),
    prefix: z.string().min(1),
    links,
  }),
  z.object({
    /** One file that goes to a place of its own. */
    kind: z.literal('put'),
    origin,
    root: containerPathSchema,
    /** Relative to the root. */
    name: z.string().min(1),
    /** A missing file is a warning. */
    optional: z.literal(true).exactOptional(),
    links,
    to: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('object'), bucket: z.string(), name: z.string().min(1) }),
      /** `http:` or `https:`, for a PUT, or `file:`; may hold secrets in its query. */
      z.object({ kind: z.literal('url'), url: z.url() }),
    ]),
  }),
  z.object({
    /** Counts what lies in a directory and names what no other output asked for. */
    kind: z.literal('rest'),
    origin,
    root: containerPathSchema,
  }),
  z.object({
    /** Not collected itself: the object for the contents that an answer has no room for. */
    kind: z.literal('overflow'),
    origin,
    name: z.string().min(1),
    fields: contentFieldsSchema,
  }),
]);

export const resourcesSchema = z.object({
  cpus: z.number().positive(),
  memoryBytes: z.number().int().positive(),
  pids: z.number().int().positive(),
  /** Size of each writable scratch place (`/tmp`, the working area). */
  scratchBytes: z.number().int().positive(),
  /** Size of what is written to the root filesystem; absent: as much as the driver or the agent gives. */
  layerBytes: z.number().int().positive().exactOptional(),
  /** Size of all that the read-write volumes hold, inputs included; absent: as much as the agent gives. */
  volumeBytes: z.number().int().positive().exactOptional(),
  /** Size of /dev/shm; absent: as much as the driver gives. */
  shmBytes: z.number().int().positive().exactOptional(),
  /** Of one process; absent: as many as the driver gives. */
  openFiles: z.number().int().positive().exactOptional(),
  gpus: z.union([z.number().int().positive(), z.literal('all')]).exactOptional(),
});

/** Numbers, ranges of them, and names: `0`, `1000-1999`, `root`. */
const idListSchema = z.object({ allow: z.array(z.string()).exactOptional(), deny: z.array(z.string()) });

export const presetSchema = z.enum(['standard', 'strict', 'trusted']);

/** How strongly containers are held, as policy decides; a request has no say in it. */
export const confinementSchema = z.object({
  /** What the settings below were taken from, for messages. */
  preset: presetSchema,
  /** Names without `CAP_`; `engine`: the container engine's usual ones. */
  capabilities: z.union([z.array(z.string()), z.literal('engine')]),
  /** `never-root`: neither user nor group is 0; an image whose user is root runs as nobody. */
  user: z.enum(['any', 'never-root']),
  /** Which users and groups a container may have, by the numbers that it really runs with; absent: all. */
  users: idListSchema.exactOptional(),
  groups: idListSchema.exactOptional(),
  /** What becomes of it where engine or OCI runtime are known to let containers out; absent: it runs, and the log warns. */
  knownEscapes: z.literal('refuse').exactOptional(),
  /** Another OCI runtime than the engine's own, by name. */
  ociRuntime: z.object({ name: z.string(), missing: z.enum(['refuse', 'fall-back']) }).exactOptional(),
});

/** What a container gets when no policy says otherwise: any ordinary image works. */
export const standardConfinement: Confinement = {
  preset: 'standard',
  capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
  user: 'any',
};

/** A secret of the agent that containers get; the plan has its name and never its value. */
const secretSchema = z.object({ name: z.string(), as: z.enum(['variable', 'file']) });

const portNumber = z.number().int().min(1).max(65_535);

const portMappingSchema = z.object({ container: portNumber, host: portNumber });

/** What an execution may take of one service. */
const serviceBudgetSchema = z.object({
  calls: z.number().int().nonnegative().optional(),
  tokens: z.number().int().nonnegative().optional(),
});

const networkSchema = z.object({
  mode: z.enum(['none', 'open']),
  /** Names of the services that the containers may call. */
  services: z.array(z.string()),
  /** By service; absent: no bounds. */
  budgets: z.record(z.string(), serviceBudgetSchema).optional(),
  ports: z.array(portMappingSchema),
});

const retrySchema = z.object({
  /** How often it is tried in all. */
  attempts: z.number().int().min(1),
  /** Whether a command that exits non-zero is tried again too; failures on the agent's side always are. */
  onExit: z.boolean(),
});

/**
 * What was admitted: normalised, neutral to dialect and engine, plain JSON.
 * Gateways translate their requests to it; nothing below a gateway knows their words.
 */
export const executionPlanSchema = z.object({
  version: z.literal(1),
  id: z.uuid(),
  /** The caller's own name for the request, returned with the answer. */
  correlationId: z.string().nullable(),
  tenant: z.string(),
  name: z.string().optional(),
  tags: z.record(z.string(), z.string()),
  /** Labels that an agent must carry to take it; absent: any agent does. */
  placement: z.record(z.string(), z.string()).optional(),
  /** 0 (default) to 100; higher runs first, among those of the tenant. */
  priority: z.number().int().min(0).max(100),
  steps: z.array(stepSchema).min(1).max(maxSteps),
  volumes: z.array(volumeSchema),
  /** Writable, size-capped places that nothing is collected from. */
  scratch: z.array(containerPathSchema),
  inputs: z.array(inputSchema),
  outputs: z.array(outputSchema),
  returnLogs: z.boolean(),
  resources: resourcesSchema,
  confinement: confinementSchema,
  secrets: z.array(secretSchema).optional(),
  network: networkSchema,
  /** How long the steps may run together, in seconds. */
  timeoutSeconds: z.number().positive(),
  retry: retrySchema,
  /** The name of the gateway that it came through, which reports the outcome. */
  gateway: z.string(),
  /** Where the response goes, as the gateway wrote it and alone can read it; absent: its default. */
  address: z.json().optional(),
  /** The span of the request, which the spans of its execution are part of; absent: they begin a trace. */
  traceparent: traceparentSchema.exactOptional(),
  /** What tracing systems note about the trace of the request. */
  tracestate: tracestateSchema.exactOptional(),
  warnings: z.array(z.string()),
});

/** A plan before admission: what the request leaves open is still open. */
export const planDraftSchema = executionPlanSchema.omit({ confinement: true }).extend({
  resources: resourcesSchema.partial(),
  timeoutSeconds: z.number().positive().optional(),
});

export type Step = z.infer<typeof stepSchema>;
export type Volume = z.infer<typeof volumeSchema>;
export type ContentFields = z.infer<typeof contentFieldsSchema>;
export type Input = z.infer<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
export type Confinement = z.infer<typeof confinementSchema>;
export type PortMapping = z.infer<typeof portMappingSchema>;
export type Resources = z.infer<typeof resourcesSchema>;
export type ExecutionPlan = z.infer<typeof executionPlanSchema>;
export type PlanDraft = z.infer<typeof planDraftSchema>;
