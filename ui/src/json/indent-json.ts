import { isJson } from './is-json.ts';
import { jsonTokens } from './json-tokens.ts';

// What is deeper is not indented further: a container can write a file that would fill the memory with spaces.
const deepestIndent = 40;

/** JSON with line breaks. Only white space is added, so that every digit of a number stays. What is no JSON stays as it is. */
export function indentJson(json: string): string {
  if (!isJson(json)) return json;
  let depth = 0;
  const lineBreak = () => `\n${'  '.repeat(Math.min(depth, deepestIndent))}`;
  const tokens = [...jsonTokens(json)];
  return tokens
    .map((token, index) => {
      const next = tokens[index + 1];
      if (token === ':') return ': ';
      if (token === ',') return `,${lineBreak()}`;
      if (token === '{' || token === '[') {
        if (next === '}' || next === ']') return token;
        depth += 1;
        return `${token}${lineBreak()}`;
      }
      if (token === '}' || token === ']') {
        const before = tokens[index - 1];
        if (before === '{' || before === '[') return token;
        depth -= 1;
        return `${lineBreak()}${token}`;
      }
      return token;
    })
    .join('');
}
