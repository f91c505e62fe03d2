import { z } from 'zod';

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

export type ServiceList = z.infer<typeof serviceListSchema>;
export type SettingList = z.infer<typeof settingListSchema>;
