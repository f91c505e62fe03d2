import { constants } from 'node:os';

const highestSignal = 64;
// As the C library numbers them.
const realTime = { MIN: 34, MAX: 64 } as const;

/** The number of the stop signal of an image, which for Docker is SIGTERM unless the image names one that exists. */
export function stopSignalOf(name: string | null | undefined): number {
  return parseSignal(name ?? '') ?? constants.signals.SIGTERM;
}

/** The number of a signal as images name it: `SIGINT`, `int`, `2`, `SIGRTMIN+3`; undefined: there is no such signal. */
export function parseSignal(text: string): number | undefined {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const number = /^\d{1,2}$/.test(text) ? Number(text) : (namedSignal(name) ?? realTimeSignal(name));
  return number !== undefined && number >= 1 && number <= highestSignal ? number : undefined;
}

function namedSignal(name: string): number | undefined {
  return new Map<string, number>(Object.entries(constants.signals)).get(`SIG${name}`);
}

function realTimeSignal(name: string): number | undefined {
  const {
    from,
    sign,
    offset = '0',
  } = /^RT(?<from>MIN|MAX)(?:(?<sign>[+-])(?<offset>\d{1,2}))?$/.exec(name)?.groups ?? {};
  if (from === 'MIN' && sign !== '-') return within(realTime.MIN + Number(offset));
  if (from === 'MAX' && sign !== '+') return within(realTime.MAX - Number(offset));
  return undefined;
}

function within(number: number): number | undefined {
  return number >= realTime.MIN && number <= realTime.MAX ? number : undefined;
}
