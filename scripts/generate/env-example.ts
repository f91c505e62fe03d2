import { type ConfigEntry, configEntries } from '../../src/agent/config/config-schema.ts';
import type { GeneratedFile } from './generated-file.ts';

const introduction = `# Settings of the agent. Copy this file to .env. Each setting is commented out and shows its default.
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

/** Empty if there is none, and if the description gives it because it depends on the host. */
export function defaultOf({ default: value, description, isSize }: ConfigEntry): string {
  if (value === undefined || description.includes('Default:')) return '';
  if (isSize && typeof value === 'number') return sizeOf(value);
  // A variable lists its values with commas between them.
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** In the largest unit that leaves a whole number: `512m`. */
function sizeOf(bytes: number): string {
  const unit = [...units].reverse().find(({ size }) => bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit.size}${unit.letter}`;
}

const units = ['k', 'm', 'g'].map((letter, index) => ({ letter, size: 1024 ** (index + 1) }));
