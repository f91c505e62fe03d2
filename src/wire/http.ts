import { z } from 'zod';
import { executionStateSchema } from './live.ts';
import { errorCodeSchema } from './response/error-code-schema.ts';
import { executionResponseSchema } from './response/response.ts';
import { severitySchema } from './scan.ts';
import { scopeSchema } from './scopes.ts';

/** What went wrong, as RFC 9457 has it. */
export const problemSchema = z
  .object({
    type: z.string().describe('`urn:exec-agent:problem:<kind>`'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('A sentence that says what to do.'),
    error_code: errorCodeSchema.optional(),
    request_id: z.string().optional().describe('As in the header `x-request-id`, for the log of the agent.'),
  })
  .describe('What went wrong (RFC 9457).');

const queuePlaceSchema = z
  .object({
    ahead: z
      .number()
      .int()
      .nonnegative()
      .describe('Executions that start before it, as it looks now. Tenants take turns, so this number can also grow.'),
    ahead_at_least: z.boolean().optional().describe('True: so much waits that only a part was counted.'),
    estimated_start_at: z.iso
      .datetime()
      .optional()
      .describe(
        'An estimate, from how many run and how long the last ones took. Absent while the queue is paused, nothing runs, or nothing has ended yet.',
      ),
    not_before: z.iso.datetime().optional().describe('When its next attempt is due.'),
    paused: z.boolean().optional().describe('True while the queue is paused.'),
  })
  .describe('Where an execution waits.');

const summaryShape = {
  execution_id: z.string(),
  correlation_id: z.string().nullable(),
  tenant: z.string().optional().describe('Whose it is.'),
  state: executionStateSchema,
  name: z.string().optional(),
  image: z.string(),
  tags: z.record(z.string(), z.string()),
  submitted_at: z.iso.datetime(),
  started_at: z.iso.datetime().optional().describe('When its container started.'),
  finished_at: z.iso.datetime().optional(),
  step: z
    .object({ number: z.number().int().positive(), of: z.number().int().positive() })
    .optional()
    .describe('The step that runs, of an execution with several; not in lists.'),
  queue: queuePlaceSchema.optional().describe('While it waits, in `getExecution` only.'),
  code: z.string().optional().describe('`OK` or an error code, once finished.'),
  error: z.string().optional().describe('Why it failed, in one sentence; in lists cut if it is long.'),
  agent: z.string().optional().describe('The agent that runs it or ran it.'),
  waits_for: z
    .string()
    .optional()
    .describe('In lists: the labels of `container.placement`, while no running agent has them all.'),
};

export const executionSummarySchema = z.object(summaryShape).describe('An execution in a list.');

export const executionViewSchema = z
  .object({ ...summaryShape, response: executionResponseSchema.optional().describe('Present after it has finished.') })
  .describe('An execution.');

export const executionPageSchema = z
  .object({
    executions: z.array(executionSummarySchema).describe('Newest first.'),
    next: z.string().optional().describe('Pass it as `cursor` to get the next page. Absent on the last page.'),
  })
  .describe('A page of executions.');

const countsShape = {
  states: z
    .partialRecord(executionStateSchema, z.number().int().nonnegative())
    .describe('Numbers by state. What has none is left out.'),
  codes: z
    .record(z.string(), z.number().int().nonnegative())
    .describe('Numbers of finished ones, by `OK` or error code. What has none is left out.'),
};

export const executionStatsSchema = z
  .object({
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    ...countsShape,
    history: z
      .array(z.object({ since: z.iso.datetime().describe('Begin of this part.'), ...countsShape }))
      .describe('Equal parts of the period, oldest first.'),
  })
  .describe('Numbers of executions.');

export const policyFindingsSchema = z
  .object({
    admitted: z.boolean(),
    findings: z.array(
      z.object({
        setting: z.string().describe('As in the policy file: `images.deny`.'),
        verdict: z
          .enum(['sets', 'skips', 'passes', 'later', 'refuses'])
          .describe('`later`: it is judged when the digest of the image is known.'),
        says: z.string(),
        code: z.string().optional(),
      }),
    ),
  })
  .describe('What each rule of the policy says of a request.');

const openStateSchema = executionStateSchema.exclude(['finished']);
const mostValues = 8;

export const cancelManySchema = z
  .strictObject({
    filter: z
      .strictObject({
        id: z
          .string()
          .regex(/^[0-9a-f-]{1,36}$/, 'how an execution id begins, such as 3f2a')
          .optional()
          .describe('How the execution id begins.'),
        prefix: z.string().min(1).max(512).optional().describe('How the id, the correlation id or the name begins.'),
        tenant: z
          .string()
          .min(1)
          .max(63)
          .optional()
          .describe('Another tenant, or `*` for all; needs the scope `admin`.'),
        state: z.array(openStateSchema).min(1).max(openStateSchema.options.length).optional(),
        agent: z.string().max(512).optional(),
        name: z.string().optional(),
        image: z.string().optional(),
        tag: z
          .array(z.string().regex(/^[^=]+=/, 'a tag as key=value'))
          .min(1)
          .max(mostValues)
          .optional(),
        since: z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' }).optional(),
        until: z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' }).optional(),
      })
      .describe('As for `listExecutions`. An empty one matches everything that waits or runs.'),
    dry_run: z.boolean().optional().describe('Only return what would be canceled.'),
  })
  .describe('Which executions to cancel.');

export const canceledSchema = z
  .object({
    executions: z.array(z.string()).describe('Their ids, newest first.'),
    dry_run: z.boolean(),
    more: z.boolean().describe('Whether there are more than one call cancels. Repeat it.'),
  })
  .describe('Executions that are, or would be, canceled.');

const fileEntrySchema = z
  .object({
    name: z.string().describe('Relative to the output directory.'),
    size: z.number().int().nonnegative(),
    content_type: z.string(),
    sha256: z.string().optional(),
    stored: z
      .boolean()
      .describe('Whether the content can be read. Large contents are kept only with `output.minio_upload`.'),
  })
  .describe('An output file of an execution.');

export const fileListSchema = z.object({ files: z.array(fileEntrySchema) });

/** Lines that one search of a log returns at most. */
export const mostLogHits = 1000;

export const logHitsSchema = z
  .object({
    hits: z.array(
      z.object({
        offset: z.number().int().nonnegative().describe('Where the text begins, in bytes.'),
        line: z.number().int().positive(),
        text: z.string().describe('The line, cut if it is long.'),
      }),
    ),
    next: z.number().int().optional().describe('Pass it as `offset` to search on. Absent: all was searched.'),
  })
  .describe('Lines of an output.');

export const uploadedInputSchema = z
  .object({
    object_name: z.string().describe('For `input.minio_objects[].object_name`.'),
    bucket: z.string(),
    url: z.string().describe('For `input.objects[].url`.'),
    size: z.number().int().nonnegative(),
    sha256: z.string(),
  })
  .describe('An input in the object store.');

const imageScanRowSchema = z
  .object({
    scanner: z.string(),
    scanned_at: z.iso.datetime(),
    counts: z.partialRecord(severitySchema, z.number()).describe('Numbers of vulnerabilities by severity.'),
  })
  .describe('What a scanner found in an image.');

export const imageListSchema = z.object({
  images: z.array(
    z.object({
      references: z.array(z.string()),
      digest: z.string(),
      size_bytes: z.number().int().nonnegative(),
      used_at: z.iso.datetime().optional().describe('When it was pulled or used last, as far as the agent knows.'),
      scan: imageScanRowSchema.optional().describe('Absent: it was not scanned.'),
      refused: z
        .array(z.object({ reference: z.string(), says: z.string() }))
        .optional()
        .describe('In lists: those of its names that the policy does not let the tenant run, and why.'),
    }),
  ),
});

export const serviceListSchema = z
  .object({
    services: z.array(
      z.object({
        name: z.string(),
        detail: z.string().describe('What is behind it, without secrets.'),
        calls: z.number().int().nonnegative(),
        errors: z.number().int().nonnegative(),
        tokens: z.number().int().nonnegative(),
      }),
    ),
  })
  .describe('The services of an agent, and what executions that finished on it since its start have used.');

export const imagePullSchema = z
  .strictObject({ image: z.string().min(1).describe('Reference, such as `python:3.9-slim`.') })
  .describe('An image to pull.');

export const pulledImageSchema = z
  .object({ reference: z.string(), digest: z.string() })
  .describe('A pulled image, by the reference that was asked for.');

export const pullProgressSchema = z
  .object({
    reference: z.string(),
    received_bytes: z.number().int().nonnegative(),
    total_bytes: z.number().int().nonnegative().optional().describe('Absent until it is known.'),
    status: z.string(),
  })
  .describe('How far a pull is.');

export const imagePruneSchema = z
  .strictObject({
    keep: z
      .string()
      .optional()
      .describe('Stop when the remaining images are this small, such as `5g`. Default: remove all unused images.'),
  })
  .describe('Which images to remove.');

export const agentListSchema = z.object({
  agents: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      version: z.string(),
      runtime: z.string(),
      labels: z
        .record(z.string(), z.string())
        .optional()
        .describe('What `container.placement` of a request can ask for.'),
      slots: z.number().int(),
      busy: z.number().int().describe('Executions it is running.'),
      short: z.string().optional().describe('Why it takes no new work.'),
      started_at: z.iso.datetime(),
      seen_at: z.iso.datetime(),
    }),
  ),
});

export const queueStateSchema = z
  .object({
    paused: z.boolean().describe('Whether requests wait until the queue is resumed.'),
    waiting: z.number().int().nonnegative().describe('Executions that wait for an agent.'),
    delayed: z.number().int().nonnegative().describe('Executions that wait for the time of their next attempt.'),
    unplaced: z
      .number()
      .int()
      .nonnegative()
      .optional()
      .describe('Those of `waiting` whose `container.placement` no running agent has.'),
    held: z.number().int().nonnegative().describe('Executions that agents work on.'),
  })
  .describe('The queue.');

export const auditListSchema = z.object({
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      tenant: z.string(),
      actor: z.string().describe('`token:<id>`, or `local` without tokens.'),
      from: z.string().describe('The address.'),
      action: z.string(),
      target: z.string().describe('The route or the execution.'),
      result: z.string().describe('The HTTP status, or `ok`. 499: the client left before the response.'),
    }),
  ),
});

const tokenFactsShape = {
  id: z.string(),
  name: z.string().describe('Whom or what it is for.'),
  tenant: z.string(),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().optional(),
};

export const tokenListSchema = z
  .object({
    tokens: z.array(z.object(tokenFactsShape)).describe('Oldest first.'),
    next: z.string().optional().describe('Pass it as `cursor` to get the next page. Absent on the last page.'),
  })
  .describe('A page of tokens, without their secret part.');

export const sessionListSchema = z
  .object({
    sessions: z.array(
      z.object({
        id: z.string(),
        opened_at: z.iso.datetime(),
        used_at: z.iso.datetime().describe('When it was used last, within a minute.'),
        from: z.string().describe('The address that logged in.'),
        user_agent: z.string().describe('What the browser calls itself.'),
        is_current: z.boolean().describe('Whether the request came with its cookie.'),
      }),
    ),
  })
  .describe('Sessions of the dashboard.');

export const tokenRequestSchema = z
  .strictObject({
    tenant: z.string().describe('Up to 63 of a-z, 0-9, ".", "_" and "-".'),
    scopes: z.array(scopeSchema).min(1).max(scopeSchema.options.length),
    name: z.string().max(256).optional().describe('Whom or what it is for.'),
    expires_at: z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' }).optional(),
  })
  .describe('A token to create.');

export const createdTokenSchema = z
  .object({ token: z.string().describe('`exa_…`, for the header `authorization: Bearer`.'), ...tokenFactsShape })
  .describe('A new token.');

export const settingListSchema = z
  .object({
    settings: z.array(
      z.object({
        name: z.string().describe('Its environment variable.'),
        key: z.string().describe('Its key in the configuration file.'),
        group: z.string(),
        description: z.string(),
        is_changed: z.boolean().describe('Whether it differs from its default.'),
        secret: z.boolean().optional().describe('True: it may hold a secret, so `value` and `default` are left out.'),
        value: z.unknown().optional(),
        default: z.unknown().optional(),
      }),
    ),
  })
  .describe('The settings of an agent.');

export const policyDocumentSchema = z
  .object({ policy: z.looseObject({}).describe('As in the policy file; empty without one.') })
  .describe('The policy in force.');

export const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  reason: z.string().optional(),
  paused: z.boolean().optional().describe('True while the queue is paused: requests are accepted and wait.'),
});

export type Problem = z.infer<typeof problemSchema>;
export type ExecutionSummary = z.infer<typeof executionSummarySchema>;
export type ExecutionView = z.infer<typeof executionViewSchema>;
export type ExecutionPage = z.infer<typeof executionPageSchema>;
export type SessionList = z.infer<typeof sessionListSchema>;
export type SessionFacts = SessionList['sessions'][number];
export type TokenFacts = TokenList['tokens'][number];
export type TokenRequest = z.infer<typeof tokenRequestSchema>;
export type CreatedToken = z.infer<typeof createdTokenSchema>;
export type TokenList = z.infer<typeof tokenListSchema>;
export type SettingList = z.infer<typeof settingListSchema>;
export type AuditList = z.infer<typeof auditListSchema>;
export type ExecutionStats = z.infer<typeof executionStatsSchema>;
export type CancelMany = z.infer<typeof cancelManySchema>;
export type Canceled = z.infer<typeof canceledSchema>;
export type PolicyFindings = z.infer<typeof policyFindingsSchema>;
export type LogHits = z.infer<typeof logHitsSchema>;
export type FileList = z.infer<typeof fileListSchema>;
export type ImageScanRow = z.infer<typeof imageScanRowSchema>;
export type ServiceList = z.infer<typeof serviceListSchema>;
export type ImageList = z.infer<typeof imageListSchema>;
export type PulledImage = z.infer<typeof pulledImageSchema>;
export type PullProgress = z.infer<typeof pullProgressSchema>;
export type UploadedInput = z.infer<typeof uploadedInputSchema>;
export type AgentList = z.infer<typeof agentListSchema>;
export type QueueState = z.infer<typeof queueStateSchema>;
