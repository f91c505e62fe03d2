import { z } from 'zod';

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A place in a trace, as in the header of that name (W3C Trace Context): version, trace id, span id, flags. */
export const traceparentSchema = z
  .string()
  .regex(
    pattern,
    'version, trace id, span id and flags, such as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  );

/** Undefined where it is none. */
export function readTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

// As long as everyone has to hand it on (W3C Trace Context).
const longestState = 512;
const statePattern = /^[a-z0-9][a-z0-9_\-*/@]*=[\x20-\x7e]+$/;

/** What tracing systems note about a trace, as in the header of that name (W3C Trace Context). */
export const tracestateSchema = z
  .string()
  .max(longestState)
  .regex(statePattern, 'a list of entries, such as vendor=value,other=value');

/** Undefined where it is none. */
export function readTracestate(value: unknown): string | undefined {
  return tracestateSchema.safeParse(value).data;
}

/** 32 hexadecimal digits. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
