/** Where in a JSON text a name of a field can be written. */
export interface KeyPlace {
  /** Fields and list positions that lead to the object. */
  readonly path: readonly (string | number)[];
  /** What of the name is written already, and where that begins. */
  readonly begun: string;
  readonly from: number;
}

interface Level {
  readonly isObject: boolean;
  /** The field whose value follows, or how many values were before. */
  at: string | number;
  /** Of an object: the name of a field comes next. */
  wantsKey: boolean;
}

/** @returns undefined where no name of a field can be; the text may be unfinished or wrong */
export function placeInJson(text: string, caret: number): KeyPlace | undefined {
  const levels: Level[] = [];
  for (let index = 0; index < caret; index += 1) {
    const character = text[index];
    const level = levels.at(-1);
    if (character === '"') {
      const end = endOfString(text, index);
      const isKey = level?.isObject === true && level.wantsKey;
      if (end >= caret)
        return isKey ? { path: pathOf(levels), begun: text.slice(index + 1, caret), from: index } : undefined;
      if (isKey) level.at = text.slice(index + 1, end);
      index = end;
    } else if (character === '{') levels.push({ isObject: true, at: '', wantsKey: true });
    else if (character === '[') levels.push({ isObject: false, at: 0, wantsKey: false });
    else if (character === '}' || character === ']') levels.pop();
    else if (character === ':' && level !== undefined) level.wantsKey = false;
    else if (character === ',' && level !== undefined) {
      if (level.isObject) level.wantsKey = true;
      else if (typeof level.at === 'number') level.at += 1;
    }
  }
  const level = levels.at(-1);
  const before = text.slice(0, caret).trimEnd().at(-1);
  const isFree = level?.isObject === true && level.wantsKey && (before === '{' || before === ',');
  return isFree ? { path: pathOf(levels), begun: '', from: caret } : undefined;
}

/** The position of the quote that ends the string, or the length of the text. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"' || text[index] === '\n') return index;
  }
  return text.length;
}

function pathOf(levels: readonly Level[]): readonly (string | number)[] {
  return levels.slice(0, -1).map(({ at }) => at);
}
