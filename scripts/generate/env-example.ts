import { type ConfigEntry, configEntries } from '../../src/agent/config-schema.ts';
import type { GeneratedFile } from './generated-file.ts';

const introduction = `# Settings of the agent, to be copied to .env. Each is commented out and shows its default.
`;

/** Every setting with its variable, in the groups of the configuration. */
export function makeEnvExample(): GeneratedFile {
  const groups = [...new Set(configEntries.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const entries = configEntries.filter((entry) => entry.group === group);
    return `# --- ${group}\n\n${entries.map(describeEntry).join('\n')}`;
  });
  return { path: '.env.example', text: [introduction, ...sections].join('\n') };
}

function describeEntry(entry: ConfigEntry): string {
  return `# ${entry.description}\n#${entry.env}=${defaultOf(entry)}\n`;
}

/** Empty where there is none, and where the description tells it because it depends on the machine. */
function defaultOf({ default: value, description }: ConfigEntry): string {
  if (value === undefined || description.includes('Default:')) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
