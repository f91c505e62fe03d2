const lineFeed = 0x0a;

/** Returns the number of line feeds. */
export function countLines(data: Uint8Array): number {
  let lines = 0;
  for (let at = data.indexOf(lineFeed); at !== -1; at = data.indexOf(lineFeed, at + 1)) lines += 1;
  return lines;
}
