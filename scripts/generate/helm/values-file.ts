import { stringify } from 'yaml';
import type { GeneratedFile } from '../generated-file.ts';
import { chartDirectory } from './chart-directory.ts';
import { type ChartValue, listValues } from './list-values.ts';

const introduction =
  '# Values of the chart and their defaults. README.md lists them; "npm run generate" writes this file.\n';
const indentation = '  ';
const lineWidth = 120;

/** The defaults of the chart, each with its description above it. */
export function makeValuesFile(): GeneratedFile {
  let open: readonly string[] = [];
  const lines = listValues().flatMap((value) => {
    const names = value.path.split('.').slice(0, -1);
    const shared = names.findIndex((name, depth) => open[depth] !== name);
    const from = shared === -1 ? names.length : shared;
    const heads = names.slice(from).map((name, index) => `${indentation.repeat(from + index)}${name}:`);
    open = names;
    return [...heads, ...describe(value, names.length)];
  });
  return { path: `${chartDirectory}/values.yaml`, text: `${[introduction, ...lines].join('\n')}\n` };
}

function describe({ path, default: value, description }: ChartValue, depth: number): readonly string[] {
  const name = path.split('.').at(-1) ?? '';
  const text = stringify({ [name]: value }, { lineWidth: 0 }).trimEnd();
  const comment = wrap(description, lineWidth - 2 - 2 * depth).map((line) => `# ${line}`);
  return [...comment, ...text.split('\n')].map((line) => `${indentation.repeat(depth)}${line}`);
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
