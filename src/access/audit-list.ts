import type { AuditList } from '../wire/http/audit.ts';
import type { AuditEntry } from './audit-log.ts';

/** Entries as HTTP and the command line show them: with times in ISO 8601. */
export function auditListOf(entries: readonly AuditEntry[]): AuditList {
  return { entries: entries.map(({ at, ...entry }) => ({ at: new Date(at).toISOString(), ...entry })) };
}
