import { z } from 'zod';
import { parseBytes } from '../../support/text/bytes.ts';
import { isPortRange } from '../../support/text/number-range.ts';
import { presetSchema } from '../../wire/plan/plan.ts';
import { severitySchema } from '../../wire/scan.ts';
import { isImagePattern } from '../judge/image-pattern.ts';

/** The policy file as it is written; every section and every field may be left out. */

const bytes = z.union([z.string(), z.number()]).transform((value, context) => {
  const parsed = parseBytes(String(value));
  if (parsed !== undefined && parsed > 0) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a size such as 512m or 2g' });
  return z.NEVER;
});
const count = z.number().int('expected a whole number').positive('expected a number above 0');
const imagePattern = z
  .string()
  .refine(isImagePattern, 'expected an image pattern such as alpine, registry.example/team/** or **:latest');
const name = z.string().min(1, 'expected a name that is not empty');
const capability = z.string().regex(/^(?!CAP_)[A-Z][A-Z_]+$/, 'expected a capability without CAP_, such as CHOWN');
// They go with every plan.
const longestIdList = 1000;
const longestName = 256;
const id = z.union([z.string().min(1).max(longestName), z.number().int().nonnegative()]).transform(String);
const ids = z.array(id).max(longestIdList);
const idLists = z.strictObject({ allow: ids.optional(), deny: ids.optional() });
const portRange = z
  .union([z.string(), z.number().int()])
  .transform(String)
  .refine(isPortRange, 'expected a port or a range such as "8000-8999", from 1 to 65535');

const limits = {
  cpus: z.number().positive('expected a number above 0').optional(),
  memory: bytes.optional(),
  pids: count.optional(),
  disk: bytes.optional(),
  shm: bytes.optional(),
  timeout: z.number().positive('expected seconds above 0').optional(),
};

const imagesSchema = z.strictObject({
  allow: z.array(imagePattern).optional(),
  deny: z.array(imagePattern).optional(),
  digest: z.enum(['required', 'optional']).optional(),
  host: z.boolean().optional(),
});

const containerSchema = z.strictObject({
  capabilities: z.union([z.array(capability), z.enum(['none', 'engine'])]).optional(),
  read_only_root: z.boolean().optional(),
  user: z.enum(['any', 'never-root']).optional(),
  runtime: z.string().min(1).optional(),
  runtime_missing: z.enum(['refuse', 'fall-back']).optional(),
  open_files: count.optional(),
  /** What becomes of a run where engine or OCI runtime are known to let containers out. */
  known_escapes: z.enum(['warn', 'refuse']).optional(),
});

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2027-01-31')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'expected a day such as 2027-01-31');

const scanSchema = z.strictObject({
  mode: z.enum(['off', 'warn', 'deny']).optional(),
  /** The least that counts. */
  severity: severitySchema.exclude(['unknown']).optional(),
  /** What becomes of an image that nobody could look at; absent: as the mode says. */
  unscannable: z.enum(['warn', 'deny']).optional(),
  /** Each holds to the end of its day, in UTC. */
  exceptions: z.array(z.strictObject({ id: name, until: day, reason: name })).optional(),
});

const sections = {
  preset: presetSchema.optional(),
  images: imagesSchema.optional(),
  defaults: z.strictObject(limits).optional(),
  maxima: z
    .strictObject({
      ...limits,
      gpus: z.number().int().nonnegative().optional(),
      priority: z.number().int().min(0).max(100).optional(),
    })
    .optional(),
  container: containerSchema.optional(),
  scan: scanSchema.optional(),
  network: z.enum(['none', 'open']).optional(),
  services: z.array(name).optional(),
  /** Names and patterns of the secrets that may be asked for; absent: none. */
  secrets: z.array(name).optional(),
  /** Host ports that requests may publish; absent: those of EXEC_PORTS. */
  ports: z.array(portRange).optional(),
  users: idLists.optional(),
  groups: idLists.optional(),
};

const ruleSchema = z.strictObject({
  name: name,
  /** Patterns with `*`; absent: every tenant. */
  tenants: z.array(name).optional(),
  /** Every one of these tags has to be there with one of the values. */
  tags: z.record(z.string(), z.union([name.transform((value) => [value]), z.array(name)])).optional(),
  ...sections,
});

export const policyDocumentSchema = z.strictObject({
  ...sections,
  /** Each that matches is laid over what stands before it. */
  rules: z.array(ruleSchema).optional(),
});

export type PolicyDocument = z.infer<typeof policyDocumentSchema>;
export type PolicyRule = z.infer<typeof ruleSchema>;
export type PolicySections = Omit<PolicyDocument, 'rules'>;
