import { withoutPassword } from '../../support/text/without-password.ts';
import type { SettingList } from '../../wire/http/operation.ts';
import { type Config, configEntries } from './config-schema.ts';

/** Every setting with its value in force. Those that may hold a secret have none. */
export function listSettings(config: Config): SettingList['settings'] {
  const values: Readonly<Record<string, unknown>> = config;
  return configEntries.map(({ key, env, group, description, secret, default: usual }) => {
    const value = values[key];
    const isSet = value !== undefined && JSON.stringify(value) !== JSON.stringify(usual);
    return {
      name: env,
      key,
      group,
      description,
      is_changed: isSet,
      ...(secret ? { secret } : { value: shown(value), default: shown(usual) }),
    };
  });
}

/** A URL of an endpoint may hold a password. */
function shown(value: unknown): unknown {
  return typeof value === 'string' ? withoutPassword(value) : (value ?? null);
}
