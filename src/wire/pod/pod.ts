import { z } from 'zod';

const count = z.number().int().nonnegative();

// 2^31 and above have a meaning of their own in the kernel.
const id = count.max(2 ** 31 - 1);

/** A NUL would end a text of the order early. */
const plainText = z.string().refine((text) => !text.includes('\0'), 'a text without NUL characters');
const absolutePath = plainText.startsWith('/').max(4096);

/** What a step of a pod executes, and as what. */
export const holdOrderSchema = z.object({
  /** A network namespace with `lo` alone. */
  ownNetwork: z.boolean(),
  /** The filter that takes back what CAP_SYS_ADMIN opened. */
  filter: z.boolean(),
  noNewPrivileges: z.boolean(),
  /** Connections to this port on the command's loopback go to an agent. Absent: nothing listens for them. */
  servicePort: z.number().int().min(1).max(65_535).optional(),
  /** Mount points that the command does not see. */
  hidden: z.array(absolutePath).max(16),
  /** Absent: those that the container was started with. */
  user: z
    .object({
      uid: id,
      gid: id,
      additionalGids: z.array(id).max(1024),
      /** Numbers of capabilities(7). */
      capabilities: z.array(count.max(63)).max(64),
    })
    .optional(),
  /** Made where it is missing. */
  directory: absolutePath,
  /** A file that is the command's stdin, read-only; absent: an empty one. */
  stdin: absolutePath.optional(),
  /** Files that take its output, opened as its user; their directories are made. Absent: it goes to `keep`. */
  stdout: absolutePath.optional(),
  stderr: absolutePath.optional(),
  limits: z.array(z.object({ resource: z.enum(['core', 'processes', 'files']), soft: count, hard: count })).max(16),
  /** The first is a path or is looked for in PATH. */
  command: z.array(plainText).min(1).max(100_000),
  /** `NAME=value` */
  variables: z.array(plainText).max(100_000),
});

export type HoldOrder = z.infer<typeof holdOrderSchema>;

/** Where `keep` listens, on the pod's address. */
export const podPort = 9443;

/** Names the execution and the fence of a request, as JSON. */
export const claimHeader = 'x-exec-claim';

/** The protocol that `/data` is upgraded to: the channels by which a program beside the data stages and collects. */
export const dataProtocol = 'exec-agent-data';

/** The protocol that `/carrier` is upgraded to: a connection for one call of the command to a service. */
export const carrierProtocol = 'exec-agent-carrier';

/** What `keep` sends on such a connection when the call begins; the bytes of the call follow. */
export const callBegins = '+';

/** The protocol that `/ports/PORT` is upgraded to: a connection to that port of the command. */
export const portProtocol = 'exec-agent-port';

/** The protocol that `/wait` is upgraded to, without a claim: the agent that made a pod ahead of its execution is there. */
export const waitProtocol = 'exec-agent-wait';

/** How `keep` ends when its work is done, or no agent came for too long: it is not started again then. */
export const keepExits = { done: 0, orphaned: 3 } as const;

/** What `keep` is started with, as JSON in the variable EXEC_AGENT_KEEP. */
export const keepSettingsSchema = z.object({
  /** The pod's name, and its key in hexadecimal. */
  pod: z.string().min(1),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** What the holds of the steps know. */
  nonce: z.string().min(1).max(127),
  steps: z.array(z.string().min(1)).min(1),
  /** Of one step's output. */
  logBytes: count,
  /** Seconds without an agent after which the pod ends. */
  orphanSeconds: count,
  /** The same until the pod has an execution; absent: it was made for one. */
  waitSeconds: count.exactOptional(),
  /** `HOST:PORT` of servers that a pod with an open network could connect to, for commands without a network of their own. */
  canaries: z.array(z.string()),
  /** Directories of `keep`'s container that the command writes to. */
  writable: z.array(absolutePath),
});

export const keepVariable = 'EXEC_AGENT_KEEP';

/** Directories of `keep`'s container. */
export const keepPlaces = {
  own: '/own',
  line: '/line',
  /** In memory: orders may have secrets. */
  orders: '/orders',
  volumes: '/volumes',
} as const;

/** What `keep` knows of a step. */
export const stepStateSchema = z.object({
  name: z.string(),
  /** An order is stored. */
  isOrdered: z.boolean(),
  /** The command may have run. */
  isStarted: z.boolean(),
  /** Its container was ready to execute the command; without that it never did. A keep of an older version does not report it. */
  wasReady: z.boolean().default(true),
  /** The first process of its container is connected to keep. Older versions do not report it. */
  isHeld: z.boolean().default(true),
  hasEnded: z.boolean(),
  /** Output that was beyond the bound. */
  droppedBytes: count,
  /** When the last event came, in milliseconds since 1970. */
  changedAt: z.number(),
  /** The pod is being ended by others than its agent. */
  isEnding: z.boolean(),
});

export type StepState = z.infer<typeof stepStateSchema>;

/** Users and groups of a step's image, as its files have them. */
export const stepUsersSchema = z.object({ passwd: z.string(), group: z.string() });

/** Which attempt at which execution an agent speaks for. */
export const claimSchema = z.object({ execution: z.string().min(1).max(200), fence: count });

export type Claim = z.infer<typeof claimSchema>;

/** How a step ended, or why it was not executed. */
export const stepEndSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('exited'),
    code: count.nullable(),
    signal: count.nullable(),
    /** Texts of the files of the step's cgroup, by path. */
    counters: z.record(z.string(), z.string()),
  }),
  z.object({ kind: z.literal('failed'), errno: count, what: z.string() }),
  /** The pod does not execute it, and why. */
  z.object({ kind: z.literal('refused'), why: z.string() }),
]);

/** What `keep` enforces by itself while no agent is connected. */
const startBoundsSchema = z.object({
  /** Milliseconds since 1970; a timeout may be a fraction of one. */
  deadline: z.number().nonnegative(),
  /** Of the writable directories together: bytes, and entries of any kind. */
  outputBytes: count,
  outputFiles: count,
});

export type StartBounds = z.infer<typeof startBoundsSchema>;

/** What a start says; all of it may be absent. */
export const startRequestSchema = z.object({
  /** Absent: the one that is stored. */
  order: holdOrderSchema.optional(),
  bounds: startBoundsSchema.optional(),
});

/**
 * What is counted in the writable directories; also the bounds at which the counting stops. Files without content may be longer
 * than any number that is exact.
 */
export const writtenSchema = z.object({ bytes: z.number().nonnegative(), files: count, depth: count });

/** How a start went. */
export const startOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begun') }),
  ...stepEndSchema.options,
]);

export type StepEnd = z.infer<typeof stepEndSchema>;
