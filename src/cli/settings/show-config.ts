import { type Config, type ConfigEntry, configEntries, configSchema } from '../../agent/config/config-schema.ts';
import type { ConfigSource } from '../../agent/config/load-config.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { loadSettings, type SettingFlags } from './load-settings.ts';

export interface ConfigFlags extends SettingFlags {
  readonly json?: boolean;
  readonly changed?: boolean;
}

/** `exec-agent config`: every setting, its value and where that comes from. */
export async function showConfig(terminal: Terminal, flags: ConfigFlags): Promise<number> {
  const { config, sources } = await loadSettings(terminal, flags);
  const sourceOf = (entry: ConfigEntry): ConfigSource => sources[entry.key] ?? 'default';
  const entries = configEntries.filter((entry) => flags.changed !== true || sourceOf(entry) !== 'default');
  const { stdout } = terminal;
  if (flags.json === true) {
    const settings = entries.map((entry) => ({
      key: entry.key,
      env: entry.env,
      value: jsonValueOf(entry, config),
      source: sourceOf(entry),
      group: entry.group,
      description: entry.description,
    }));
    stdout.line(JSON.stringify(settings, null, 2));
    return exitCodes.ok;
  }
  if (entries.length === 0) stdout.line('Every setting has its default value.');
  for (const line of tableOf(entries, { config, sourceOf, terminal })) stdout.line(line);
  return exitCodes.ok;
}

interface TableContext {
  readonly config: Config;
  readonly sourceOf: (entry: ConfigEntry) => ConfigSource;
  readonly terminal: Terminal;
}

function tableOf(entries: readonly ConfigEntry[], { config, sourceOf, terminal }: TableContext): string[] {
  const { bold, cyan, dim, green } = terminal.stdout.colors;
  const header = ['SETTING', 'KEY', 'VALUE', 'SOURCE'].map((title) => dim(title));
  const rows = entries.map((entry) => {
    const source = sourceOf(entry);
    const mark = source === 'default' ? dim : green;
    return [cyan(entry.env), entry.key, mark(textOf(entry, config)), mark(source)];
  });
  // All groups share their columns, so they are aligned together and then put below their headings.
  const [head = '', ...lines] = formatTable([header, ...rows], '  ');
  const grouped = entries.map((entry, index) => {
    const heading = entry.group === entries[index - 1]?.group ? [] : ['', bold(entry.group)];
    return [...heading, lines[index] ?? ''];
  });
  return entries.length === 0 ? [] : [head, ...grouped.flat()];
}

const unset = '(unset)';
const hidden = '(set)';

function jsonValueOf(entry: ConfigEntry, config: Config): unknown {
  const value: unknown = Reflect.get(config, entry.key);
  if (value === undefined) return null;
  return entry.secret ? hidden : value;
}

function textOf(entry: ConfigEntry, config: Config): string {
  const value = jsonValueOf(entry, config);
  if (value === null) return unset;
  return typeof value === 'number' && isSize(entry.key) ? formatBytes(value) : String(value);
}

// Only a setting that is a size understands units.
function isSize(key: string): boolean {
  return configSchema.partial().safeParse({ [key]: '1k' }).success && !isText(key);
}

function isText(key: string): boolean {
  return configSchema.partial().safeParse({ [key]: 'some text' }).success;
}
