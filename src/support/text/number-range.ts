const pattern = /^(\d{1,10})(?:-(\d{1,10}))?$/;

/** `8080`, `8000-8999` */
export function isNumberRange(text: string): boolean {
  const [from, to] = boundsOf(text);
  return from <= to;
}

const highestPort = 65_535;

/** The same of ports: 1 to 65535. */
export function isPortRange(text: string): boolean {
  const [from, to] = boundsOf(text);
  return from >= 1 && from <= to && to <= highestPort;
}

/** Whether the number lies in the range; both ends belong to it. */
export function isInRange(range: string, value: number): boolean {
  const [from, to] = boundsOf(range);
  return from <= value && value <= to;
}

function boundsOf(range: string): readonly [number, number] {
  const [, from, to = from] = pattern.exec(range) ?? [];
  return [Number(from), Number(to)];
}
