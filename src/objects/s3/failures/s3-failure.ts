import { z } from 'zod';
import { failureCodes, type S3FailureKind, storageFullText } from './failure-codes.ts';

export interface S3Failure {
  readonly kind: S3FailureKind;
  /** S3's error code, or Node's; empty when there is none. */
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  /** By which the store's own log knows the request. */
  readonly requestId: string | undefined;
}

const errorShape = z.object({
  name: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  message: z.string().catch(''),
  $metadata: z
    .object({ httpStatusCode: z.number().optional(), requestId: z.string().optional() })
    .optional()
    .catch(undefined),
});

/** What a failed request met, from what the SDK, Node or the store made of it. */
export function readFailure(error: unknown): S3Failure {
  const { name, code: errno, message, $metadata } = errorShape.parse(error instanceof Error ? error : {});
  const status = $metadata?.httpStatusCode;
  // The SDK renames a broken connection to TimeoutError, but leaves Node's code.
  const code = errno ?? name;
  const kind = storageFullText.test(message) ? 'full' : (failureCodes.get(code) ?? kindOfStatus(status));
  return { kind, code, status, message, requestId: $metadata?.requestId };
}

function kindOfStatus(status: number | undefined): S3FailureKind {
  if (status === undefined) return 'other';
  if (status === 401 || status === 403) return 'refused';
  if (status === 404) return 'no-object';
  if (status === 412 || status === 416) return 'changed';
  if (status === 507) return 'full';
  if (status === 408) return 'slow';
  if (status === 501 || status === 505) return 'other';
  if (status === 429 || status >= 500) return 'busy';
  if (status >= 300 && status < 400) return 'region';
  return 'other';
}

const passing: readonly S3FailureKind[] = ['busy', 'slow', 'unreachable', 'broken', 'damaged', 'clock'];

/** Whether the same request may succeed a moment later. The SDK corrects its clock after the store's first refusal. */
export function mayPass({ kind }: S3Failure): boolean {
  return passing.includes(kind);
}
