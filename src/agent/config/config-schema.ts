import { z } from 'zod';
import { admissionSettings } from '../settings/admission-settings.ts';
import { choice } from '../settings/config-values.ts';
import { httpSettings } from '../settings/http-settings.ts';
import { kubernetesSettings } from '../settings/kubernetes-settings.ts';
import { limitSettings } from '../settings/limit-settings.ts';
import { redisSettings } from '../settings/redis-settings.ts';
import { remoteSettings } from '../settings/remote-settings.ts';
import { runtimeSettings } from '../settings/runtime-settings.ts';
import { scanSettings } from '../settings/scan-settings.ts';
import { schedulingSettings } from '../settings/scheduling-settings.ts';
import { secretSettings } from '../settings/secret-settings.ts';
import { serviceSettings } from '../settings/service-settings.ts';
import { storeSettings } from '../settings/store-settings.ts';
import { traceSettings } from '../settings/trace-settings.ts';
import { webhookSettings } from '../settings/webhook-settings.ts';
import { workSettings } from '../settings/work-settings.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** The environment variable of a configuration entry. */
    env?: string;
    /** Never shown. */
    secret?: boolean;
    group?: string;
  }
}

/** Every setting of the agent, with its variable, its default and what it is for. */
export const configSchema = z.object({
  ...redisSettings,
  ...runtimeSettings,
  ...kubernetesSettings,
  ...storeSettings,
  ...admissionSettings,
  ...httpSettings,
  ...webhookSettings,
  ...scanSettings,
  ...secretSettings,
  ...workSettings,
  ...schedulingSettings,
  ...limitSettings,
  ...serviceSettings,
  ...remoteSettings,
  logLevel: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info').meta({
    group: 'Log',
    env: 'LOG_LEVEL',
    description: 'Level of the log on stderr.',
  }),
  ...traceSettings,
});

export type Config = z.infer<typeof configSchema>;

export interface ConfigEntry {
  readonly key: string;
  readonly env: string;
  readonly group: string;
  readonly description: string;
  readonly secret: boolean;
  /** Whether values are numbers of bytes, which may be written with a unit: `512m`. */
  readonly isSize: boolean;
  readonly default: unknown;
}

/** The settings as a table, for `exec-agent config` and `.env.example`. */
export const configEntries: readonly ConfigEntry[] = Object.entries(configSchema.shape).map(([key, schema]) => {
  const { env = key, group = 'Other', description = '', secret = false } = schema.meta() ?? {};
  const parsed = schema.safeParse(undefined);
  const isSize = schema.safeParse('1k').data === 1024;
  return { key, env, group, description, secret, isSize, default: parsed.data };
});
