/** JSON with line breaks. Only white space is added, so that every digit of a number stays. */
export function indentJson(json: string): string {
  let depth = 0;
  const lineBreak = () => `\n${'  '.repeat(depth)}`;
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g) ?? [];
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
