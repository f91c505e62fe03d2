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
  limits: z.array(z.object({ resource: z.enum(['core', 'processes', 'files']), soft: count, hard: count })).max(16),
  /** The first is a path or is looked for in PATH. */
  command: z.array(plainText).min(1).max(100_000),
  /** `NAME=value` */
  variables: z.array(plainText).max(100_000),
});

export type HoldOrder = z.infer<typeof holdOrderSchema>;

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

export type StepEnd = z.infer<typeof stepEndSchema>;
