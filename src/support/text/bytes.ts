const units: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `512m`, `2g`, `1048576` → bytes; undefined when it is none of these. Units are powers of 1024, as Docker's are. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, amount = '', unit = 'b'] = match;
  const factor = units[unit.toLowerCase()];
  return factor === undefined ? undefined : Math.floor(Number(amount) * factor);
}

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), names.length - 1);
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : Number(amount.toFixed(1))} ${names[power]}`;
}
