// Everything a terminal would act upon, but for tab and newline.
const unprintable = /(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text that a container chose, made harmless for a terminal: control characters are written as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unprintable, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
