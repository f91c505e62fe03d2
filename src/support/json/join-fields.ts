/**
 * JSON text of an object some of whose fields are JSON text already, which may be long and is not parsed for this.
 * @param texts by field; it takes the place of the object's own value, and fields that the object lacks are left out
 */
export function joinFields(object: object, texts: Readonly<Record<string, string | undefined>>): string {
  const fields = Object.entries(object).flatMap(([name, value]) => {
    const text = Object.hasOwn(texts, name) ? texts[name] : JSON.stringify(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${fields.join(',')}}`;
}
