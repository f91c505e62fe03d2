import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { messageOf } from '../../support/exec-error.ts';
import { parseReport, type ScanReport } from './parse-report.ts';

export interface ScanTarget {
  readonly reference: string;
  readonly digest: string;
  /** What an engine knows it by. */
  readonly id: string;
  /** The image's root filesystem as a directory; undefined where an engine has it. */
  readonly rootfs: string | undefined;
}

export interface ScannerOptions {
  /** Program and arguments, with `{reference}`, `{digest}`, `{id}`, `{rootfs}` in them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const maxReportBytes = 256 * 1024 ** 2;
const toldCharacters = 400;

/**
 * Runs the scanner over one image.
 * @throws Unscanned, or the signal's reason
 */
export async function runScanner(
  target: ScanTarget,
  { command, timeoutMs, environment }: ScannerOptions,
  signal: AbortSignal,
): Promise<ScanReport> {
  const [program = '', ...args] = command.map((part) => fillIn(part, target));
  const late = AbortSignal.timeout(timeoutMs);
  const { code, output, errors } = await runToEnd(program, args, {
    env: environment,
    signal: AbortSignal.any([signal, late]),
  });
  signal.throwIfAborted();
  if (late.aborted) throw new Unscanned(`the scanner ran longer than ${timeoutMs / 1000} s (EXEC_SCAN_TIMEOUT)`);
  const report = parseReport(output);
  // Scanners can be told to fail when they find something; their report counts all the same.
  if (report?.recognised === false)
    throw new Unscanned(`${report.scanner} recognises no packages in it, so it looked for no vulnerabilities`);
  if (report !== undefined) return report;
  const words = stripVTControlCharacters(errors).trim().split('\n').at(-1)?.slice(0, toldCharacters);
  if (code !== 0) throw new Unscanned(`the scanner ended with code ${code}${words ? `: ${words}` : ''}`);
  throw new Unscanned('the scanner printed no report of Trivy or Grype as JSON');
}

function fillIn(part: string, target: ScanTarget): string {
  return part.replaceAll(/\{(reference|digest|id|rootfs)\}/g, (_, name: string) => {
    if (name === 'rootfs' && target.rootfs === undefined)
      throw new Unscanned('the scanner asks for {rootfs}, and this runtime keeps images in its engine. Use {id}');
    return String(Object.entries(target).find(([key]) => key === name)?.[1] ?? '');
  });
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function runToEnd(
  program: string,
  args: readonly string[],
  options: { readonly env: ScannerOptions['environment']; readonly signal: AbortSignal },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL' });
    const output: Buffer[] = [];
    let size = 0;
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxReportBytes) child.kill('SIGKILL');
      else output.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      errors = `${errors}${more}`.slice(-toldCharacters * 4);
    });
    child.once('error', (error) => {
      if (!options.signal.aborted) reject(new Unscanned(`the scanner ${program} cannot be run: ${messageOf(error)}`));
    });
    child.once('close', (code) => resolve({ code, output: Buffer.concat(output).toString(), errors }));
  });
}

/** Why nobody could look at an image; its message is the end of a sentence. */
export class Unscanned extends Error {
  override readonly name = 'Unscanned';
}
