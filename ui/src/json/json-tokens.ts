const pieces = /["[\]{},:]|[^\s"[\]{},:]+/g;

/**
 * The tokens of a text of JSON, without white space. Texts in it are looked through without a regular expression, which runs
 * out of stack at some millions of characters.
 */
export function* jsonTokens(json: string): Generator<string, void> {
  const pattern = new RegExp(pieces);
  for (let found = pattern.exec(json); found !== null; found = pattern.exec(json)) {
    if (found[0] !== '"') {
      yield found[0];
      continue;
    }
    const end = endOfText(json, found.index);
    yield json.slice(found.index, end);
    pattern.lastIndex = end;
  }
}

/** @param from where its first quotation mark is */
function endOfText(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (json[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
  return json.length;
}
