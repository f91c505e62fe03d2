/** A command of a page, and what the page says that it prints. */
export interface TranscriptStep {
  /** One line, or several with a here-document. */
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands in the `console` blocks of a page: `$ ` begins one, `> ` continues it, all else is output. */
export function readTranscript(page: string): readonly TranscriptStep[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const [, block = ''] of page.matchAll(/^```console\n(.*?)^```$/gms))
    for (const line of block.trimEnd().split('\n')) {
      const last = steps.at(-1);
      if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] });
      else if (last === undefined) throw new Error(`no command prints this line: ${line}`);
      else if (line.startsWith('> ') && last.output.length === 0) last.command += `\n${line.slice(2)}`;
      else last.output.push(line);
    }
  return steps;
}

const placeholders: Readonly<Record<string, string>> = {
  id: '[0-9a-f][0-9a-f-]+',
  version: String.raw`\d+\.\d+\.\d+`,
  time: String.raw`(?:\d+\w+|now)`,
  // What was canceled before it ran has none.
  duration: String.raw`(?:[\d.]+ ?\w+(?: \d+\w+)?)?`,
  directory: String.raw`/\S+`,
};

/** @returns what such output has to match: `<…>` varies, a line `…` is any lines, columns are as wide as they have to be */
export function expectedOutput(lines: readonly string[]): RegExp {
  const patterns = lines.map((line) => (line === '…' ? '(?:.*\n)*?' : `${patternOf(line)}\n`));
  return new RegExp(`^${patterns.join('')}$`);
}

function patternOf(line: string): string {
  return line
    .split(/(<[a-z]+>)/)
    .map((part) => placeholders[part.slice(1, -1)] ?? literally(part).replaceAll(/ {2,}/g, ' +'))
    .join('');
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
