import { z } from 'zod';

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

export const policyDocumentSchema = z
  .object({ policy: z.looseObject({}).describe('As in the policy file; empty without one.') })
  .describe('The policy in force.');

export type PolicyFindings = z.infer<typeof policyFindingsSchema>;
