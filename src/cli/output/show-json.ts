import type { Sink } from '../terminal/terminal.ts';

const token = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;
const indent = '  ';

/** JSON for people: indented, its keys and values in colours. Every number keeps its digits. */
export function showJson(text: string, colors: Sink['colors']): string {
  const tokens = text.match(token) ?? [];
  const pieces: string[] = [];
  let depth = 0;
  const newLine = () => pieces.push('\n', indent.repeat(depth));
  for (const [at, part] of tokens.entries()) {
    const next = tokens[at + 1];
    if (part === '{' || part === '[') {
      pieces.push(part);
      depth += 1;
      if (next !== '}' && next !== ']') newLine();
    } else if (part === '}' || part === ']') {
      depth -= 1;
      if (tokens[at - 1] !== '{' && tokens[at - 1] !== '[') newLine();
      pieces.push(part);
    } else if (part === ',') {
      pieces.push(part);
      newLine();
    } else if (part === ':') {
      pieces.push(': ');
    } else {
      pieces.push(colored(part, next === ':', colors));
    }
  }
  return pieces.join('');
}

function colored(part: string, isKey: boolean, colors: Sink['colors']): string {
  if (isKey) return colors.cyan(part);
  if (part.startsWith('"')) return colors.green(part);
  return part === 'null' ? colors.dim(part) : colors.yellow(part);
}

/** One line for programs; on a terminal as {@link showJson} has it. */
export function printJson(text: string, stdout: Sink): void {
  stdout.line(stdout.isTerminal ? showJson(text, stdout.colors) : text);
}
