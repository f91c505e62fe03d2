import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `30`, `1.5`, `90s`, `5m`, `2h`, `90d` → seconds. */
export function parseSeconds(text: string): number {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? [];
  const seconds = Number(amount) * (units[unit] ?? 1);
  if (amount === '' || seconds === 0) throw new InvalidArgumentError('Write seconds, such as 30, or 90s, 5m, 2h.');
  return seconds;
}

export function parseCpus(text: string): number {
  const cpus = Number(text);
  if (!(cpus > 0)) throw new InvalidArgumentError('Write a number of CPUs, such as 0.5 or 2.');
  return cpus;
}

export function parsePids(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Write a whole number, such as 256.');
  return Number(text);
}

/** How much of a list is printed. */
export function parseRows(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 to 9999.');
  return Number(text);
}

const mostLines = 100_000;

/** How much of the end of a log is printed. */
export function parseLines(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text) || Number(text) > mostLines)
    throw new InvalidArgumentError(`Write a whole number from 1 to ${mostLines}.`);
  return Number(text);
}

/** A name, or `*`; an empty text comes from a variable that is not set, and would be taken for all or for none. */
export function parseTenant(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty. Write the name of a tenant, or "*" for all.');
  return text;
}

/** Gathers an option that may be given several times. */
export function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
