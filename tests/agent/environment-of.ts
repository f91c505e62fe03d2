import { type Config, configEntries } from '../../src/agent/config/config-schema.ts';

/** The variables with which an agent of its own process gets that configuration. */
export function environmentOf(config: Config): Readonly<Record<string, string>> {
  const values: Readonly<Record<string, unknown>> = config;
  const entries = configEntries.map(({ key, env }) => [env, values[key]] as const);
  return Object.fromEntries(entries.flatMap(([env, value]) => (value === undefined ? [] : [[env, textOf(value)]])));
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return String(value);
  const entries = Object.entries(value);
  if (entries.some(([, each]) => typeof each === 'object')) return JSON.stringify(value);
  return entries.map(([key, each]) => `${key}=${each}`).join(',');
}
