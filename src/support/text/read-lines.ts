const newline = 0x0a;

/**
 * The lines of a stream of UTF-8 text, without their ends; the last one may have none. Empty lines are skipped.
 * @throws Error for a line of more bytes than allowed; what the source fails with
 */
export async function* readLines(source: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const keep = (part: Uint8Array) => {
    size += part.length;
    if (size > maxLineBytes) throw new Error(`a line is longer than ${maxLineBytes} bytes`);
    parts.push(part);
  };
  const take = () => {
    const line = Buffer.concat(parts).toString();
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (line !== '') yield line;
    }
    keep(chunk.subarray(start));
  }
  const last = take();
  if (last !== '') yield last;
}
