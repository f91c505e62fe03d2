/** Everything that a terminal acts upon or hides, but for tab and newline. */
const unprintable = String.raw`(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]`;
// One attribute of SGR: colours and weights, but neither blinking nor hidden text.
const attribute = String.raw`(?:[34]8;(?:5;\d{1,3}|2;\d{1,3};\d{1,3};\d{1,3})|10[0-7]|[349][0-7]|[34]9|2[1-47-9]?|[013479])`;
const color = String.raw`\u001b\[(?:${attribute}(?:;${attribute}){0,15})?m`;

const everyUnprintable = new RegExp(unprintable, 'gu');
const exceptColors = new RegExp(`${color}|${unprintable}`, 'gu');

/** Text that a container or a sender chose, for a terminal: control characters are written as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(everyUnprintable, escapeCharacter);
}

/** The same for one line, such as a file name: tab and newline are escaped too. */
export function printableLine(text: string): string {
  return text
    .replaceAll('\r', '\\x0d')
    .replaceAll('\n', '\\x0a')
    .replaceAll('\t', '\\x09')
    .replace(everyUnprintable, escapeCharacter);
}

/** The same, but colours stay: for output of which a part is the program's own. JSON stays valid. */
export function printableWithColors(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(exceptColors, (found) => (found.endsWith('m') ? found : escapeCharacter(found)));
}

const firstAfterC0 = 0x20;

/** Two digits for C0; four for each UTF-16 unit elsewhere, which JSON, that has no raw C0, reads as the same character. */
function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index);
    const code = unit.toString(16);
    return unit < firstAfterC0 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  }).join('');
}
