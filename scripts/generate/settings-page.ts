import { type ConfigEntry, configEntries } from '../../src/agent/config/config-schema.ts';
import { defaultOf } from './env-example.ts';
import type { GeneratedFile } from './generated-file.ts';

const introduction = `# Settings

Set environment variables, a \`.env\` file, or a YAML file named by \`EXEC_CONFIG\`, with the keys of the second column. The
command line overrides the environment, then \`.env\`, then the YAML file. \`exec-agent config\` shows every setting with its
value and source. Sizes are in bytes and can have a unit: \`512m\`, \`2g\`. Times are in seconds.
`;

const mostUsed: readonly string[] = [
  'REDIS_URL',
  'EXEC_RUNTIME',
  'DOCKER_HOST',
  'EXEC_DATA_DIR',
  'MINIO_ENDPOINT',
  'EXEC_CONCURRENCY',
  'EXEC_POLICY_FILE',
  'EXEC_MEMORY_MAX',
  'EXEC_HTTP_HOST',
  'LOG_LEVEL',
];

/** docs/settings.md: the settings that most installations change, then all of them by group. */
export function makeSettingsPage(): GeneratedFile {
  const first = configEntries.filter(({ env }) => mostUsed.includes(env));
  const groups = [...new Set(configEntries.map(({ group }) => group))];
  const sections = groups.map((group) =>
    tableOf(
      group,
      configEntries.filter((entry) => entry.group === group),
    ),
  );
  return {
    path: 'docs/settings.md',
    text: [introduction, tableOf('The ten that matter first', first), ...sections].join('\n'),
  };
}

function tableOf(title: string, entries: readonly ConfigEntry[]): string {
  const rows = entries.map((entry) => {
    const value = defaultOf(entry);
    return `| \`${entry.env}\` | \`${entry.key}\` | ${entry.description.replaceAll('|', '\\|')} | ${value === '' ? '' : `\`${value}\``} |`;
  });
  return `## ${title}\n\n| variable | YAML key | meaning | default |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
