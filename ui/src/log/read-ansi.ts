/** A part of a line with one look. */
export interface StyledText {
  readonly text: string;
  /** Names of CSS classes. */
  readonly look: string;
}

const colors = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const longestLine = 4000;

// Colours and weight (SGR); any other control sequence (ECMA-48); strings such as titles and clipboard access (OSC, DCS).
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b\[([\d;:]*)m|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
// Controls, bidirectional marks and characters without width, which can make a line look like another one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A line of a terminal as text with looks. Colours are kept; everything else that a terminal would act on is removed or
 * shown as what it is.
 */
export function readAnsi(line: string): readonly StyledText[] {
  // What comes after a carriage return replaces what was there.
  const visible = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  const cut =
    visible.length > longestLine ? `${visible.slice(0, longestLine)} … ${visible.length} characters` : visible;
  const parts: StyledText[] = [];
  let look: Look = {};
  let from = 0;
  for (const match of cut.matchAll(sequences)) {
    push(parts, cut.slice(from, match.index), look);
    from = match.index + match[0].length;
    if (match[1] !== undefined) look = applyCodes(look, match[1]);
  }
  push(parts, cut.slice(from), look);
  return parts;
}

interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
}

function push(parts: StyledText[], text: string, look: Look): void {
  if (text === '') return;
  const { color, ...switches } = look;
  const names = Object.entries(switches).flatMap(([name, on]) => (on ? `ansi-${name}` : []));
  parts.push({
    text: showInvisible(text),
    look: [...(color === undefined ? [] : [`ansi-${color}`]), ...names].join(' '),
  });
}

export function showInvisible(text: string): string {
  return text.replace(invisible, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}

function applyCodes(look: Look, text: string): Look {
  const codes = text.split(/[;:]/).map(Number);
  let next = look;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    // 256 colours and RGB have arguments of their own; their text stays in the colour of the theme.
    if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4;
    else next = applyCode(next, code);
  }
  return next;
}

function applyCode(look: Look, code: number): Look {
  const { color, ...switches } = look;
  if (code === 0) return {};
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 4) return { ...look, underline: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 23) return { ...look, italic: false };
  if (code === 24) return { ...look, underline: false };
  if (code === 39) return switches;
  const named = colors[code >= 90 ? code - 90 : code - 30];
  const isColor = (code >= 30 && code <= 37) || (code >= 90 && code <= 97);
  return isColor && named !== undefined ? { ...look, color: named } : look;
}
