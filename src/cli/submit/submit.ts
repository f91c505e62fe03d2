import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Submission } from '../../agent/control/control.ts';
import { parseRequest } from '../../gateways/message/request/parse-request.ts';
import { ExecError } from '../../support/exec-error.ts';
import { parseJson, stringifyJson } from '../../support/json/json.ts';
import { readJson } from '../../support/json/read-json.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { placementOf } from '../run/request/placement-of.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { readText } from '../terminal/read-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { waitForResponse } from './wait-for-response.ts';

export interface SubmitFlags extends ControlFlags {
  readonly wait?: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly again?: boolean;
  readonly json?: boolean;
  readonly placement?: readonly string[];
}

/** `exec-agent submit`: one request to the agents. */
export async function submit(file: string, terminal: Terminal, flags: SubmitFlags): Promise<number> {
  if (flags.timeout !== undefined && flags.wait !== true)
    throw new ExecError('INVALID_REQUEST', '--timeout is the time to wait for the response. Use it with --wait.');
  return withControl(terminal, flags, async (control, { config }) => {
    const text = placed(await readText(file, terminal, { maxBytes: config.messageBytes }), flags.placement);
    const parsed = parseRequest(text, { maxBytes: config.messageBytes });
    if (!parsed.ok) throw parsed.error;
    for (const warning of parsed.warnings)
      terminal.stderr.line(`${terminal.stderr.colors.yellow('warning:')} ${warning}`);
    const request = identified(text, { again: flags.again === true });
    const submitted = await control.submit(request, new AbortController().signal);
    if (flags.wait !== true) {
      print(submitted, terminal, flags);
      return exitCodes.ok;
    }
    terminal.stderr.line(terminal.stderr.colors.dim(noteOf(submitted)));
    return waitForResponse(control, submitted.execution.execution_id, terminal, flags);
  });
}

const placedSchema = z.looseObject({ container: z.looseObject({ placement: z.looseObject({}).optional() }) });

/** With the labels of `--placement` beside its own; what is no such request is judged where every request is. */
function placed(text: string, labels: readonly string[] | undefined): string {
  const placement = placementOf(labels);
  if (placement === undefined) return text;
  const { data } = readJson(text, placedSchema);
  if (data === undefined) return text;
  const { container } = placedSchema.parse(parseJson(text));
  const request = identitySchema.parse(parseJson(text));
  return stringifyJson({
    ...request,
    container: { ...container, placement: { ...container.placement, ...placement } },
  });
}

const identitySchema = z.looseObject({ correlation_id: z.string().optional() });

/**
 * The request with a correlation id, by which agents recognise it. Without one of its own it is made from the text, so
 * that the same file is the same execution.
 */
function identified(text: string, { again }: { readonly again: boolean }): string {
  const request = identitySchema.parse(parseJson(text));
  if (again)
    return stringifyJson({ ...request, correlation_id: `${request.correlation_id ?? 'submit'}-${randomUUID()}` });
  if (request.correlation_id !== undefined) return stringifyJson(request);
  const digest = createHash('sha256').update(stringifyJson(request)).digest('hex').slice(0, 32);
  return stringifyJson({ ...request, correlation_id: `submit-${digest}` });
}

function noteOf({ execution, isKnown }: Submission): string {
  const { execution_id: id, submitted_at: at } = execution;
  return isKnown
    ? `This request was submitted before, at ${at}: execution ${id}. Use --again to run it once more.`
    : `Submitted: execution ${id}.`;
}

function print(submitted: Submission, { stdout, stderr }: Terminal, flags: SubmitFlags): void {
  const { execution_id: id } = submitted.execution;
  stdout.line(flags.json === true ? submitted.view : id);
  if (submitted.isKnown) stderr.line(noteOf(submitted));
  if (flags.json === true) return;
  const short = id.slice(0, 8);
  stderr.line(
    stderr.colors.dim(
      `Follow it with "exec-agent logs -f ${short}"; its response: "exec-agent wait ${short}"; stop it: "exec-agent cancel ${short}".`,
    ),
  );
}
