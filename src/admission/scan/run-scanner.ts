import { stripVTControlCharacters } from 'node:util';
import { messageOf } from '../../support/exec-error.ts';
import { runCommand } from '../../support/processes/run-command.ts';
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
  const filled = command.map((part) => fillIn(part, target));
  const late = AbortSignal.timeout(timeoutMs);
  const options = { environment, maxStdoutBytes: maxReportBytes, signal: AbortSignal.any([signal, late]) };
  const { code, stdout, stderr } = await runCommand(filled, options).catch((error: unknown) => {
    signal.throwIfAborted();
    if (late.aborted) throw new Unscanned(`the scanner ran longer than ${timeoutMs / 1000} s (EXEC_SCAN_TIMEOUT)`);
    throw new Unscanned(`the scanner ${filled[0]} cannot be run: ${messageOf(error)}`);
  });
  const report = parseReport(stdout);
  // A scanner can be configured to fail when it finds something; its report counts all the same.
  if (report?.recognised === false)
    throw new Unscanned(`${report.scanner} recognises no packages in it, so it looked for no vulnerabilities`);
  if (report !== undefined) return report;
  const words = stripVTControlCharacters(stderr).trim().split('\n').at(-1)?.slice(0, toldCharacters);
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

/** Why nobody could look at an image; its message is the end of a sentence. */
export class Unscanned extends Error {
  override readonly name = 'Unscanned';
}
