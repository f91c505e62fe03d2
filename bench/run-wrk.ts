import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
}

const msIn: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Requests over kept connections, one after the other on each. @throws when any of them failed */
export async function runWrk(program: string, { url, connections, seconds }: Load): Promise<LoadResult> {
  const { stdout } = await run(program, ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', url]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const [, amount, unit = ''] = /\s50%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  const p50Ms = Number(amount) * (msIn[unit] ?? Number.NaN);
  if (/Non-2xx|Socket errors/.test(stdout) || Number.isNaN(perSecond + p50Ms)) throw new Error(`${url}:\n${stdout}`);
  return { perSecond, p50Ms };
}
