import { z } from 'zod';
import { plainIssue } from '../../wire/issues/plain-issue.ts';

const httpUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:/.test(value), 'a URL such as http://host:8000');

/** A header that every call gets: its value here, or in a file whose content may have a prefix (`Bearer `). */
const credentialSchema = z
  .strictObject({
    header: z.string().min(1),
    value: z.string().optional(),
    file: z.string().startsWith('/', 'an absolute path').optional(),
    prefix: z.string().optional(),
  })
  .refine(({ value, file }) => (value === undefined) !== (file === undefined), 'either "value" or "file"');

const targetShape = {
  url: httpUrl,
  credentials: z.array(credentialSchema).optional(),
  caFile: z.string().min(1).optional(),
  methods: z.array(z.string().regex(/^[A-Z]+$/, 'methods in capitals, such as GET')).optional(),
  paths: z.array(z.string().startsWith('/', 'globs that begin with a slash, such as /v1/**')).optional(),
};

const serviceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('http'), ...targetShape, countsTokens: z.boolean().optional() }),
  z.strictObject({
    kind: z.literal('redis'),
    requestChannel: z.string().min(1).optional(),
    responseChannel: z.string().min(1).optional(),
    replySeconds: z.number().positive().optional(),
    elsewhere: z.strictObject(targetShape).optional(),
  }),
  z.strictObject({
    kind: z.literal('ai'),
    providers: z.record(
      z.string().regex(/^[\w.-]+$/, 'a name of letters, digits, dots, dashes'),
      z.strictObject({
        url: httpUrl,
        model: z.string().min(1).optional(),
        credentials: targetShape.credentials,
        caFile: targetShape.caFile,
      }),
    ),
    defaultProvider: z.string().optional(),
  }),
]);

const servicesSchema = z.record(
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'names of letters, digits, dashes')
    .refine((name) => name !== 'health', 'a name other than "health"'),
  serviceSchema,
);

export type NamedService = z.infer<typeof serviceSchema>;
export type NamedTarget = z.infer<z.ZodObject<typeof targetShape>>;

/** Services by name: a map, or the same as JSON text. */
export const namedServices = () =>
  z.union([z.string(), z.record(z.string(), z.unknown())]).transform((value, context) => {
    const parsed = servicesSchema.safeParse(typeof value === 'string' ? parseOrUndefined(value) : value, {
      error: plainIssue,
    });
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map((issue) => `${z.core.toDotPath(issue.path)}: ${issue.message}`);
    const expected = `a map from names to services such as {"search": {"kind": "http", "url": "http://host:8000"}}`;
    context.addIssue({ code: 'custom', message: `${expected}; found ${problems.join('; ')}` });
    return z.NEVER;
  });

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what was expected.
    return undefined;
  }
}
