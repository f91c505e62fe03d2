import { resolve } from 'node:path';
import type { LocalAnswer } from '../../../agent/agent-types.ts';
import type { Config } from '../../../agent/config/config-schema.ts';
import { responseText } from '../../../gateways/message/response/response-text.ts';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import { createByteBudget } from '../../../workspace/byte-budget.ts';
import { createProgressLine } from '../../output/progress-line.ts';
import { count } from '../../output/text/count.ts';
import type { Sink, Terminal } from '../../terminal/terminal.ts';
import { removeObjects } from '../request/place-inputs.ts';
import type { ReadyRequest } from '../request/prepare-request.ts';
import type { RunFlags } from '../run-flags.ts';
import { notReplaced, notSaved } from './describe-saved.ts';
import { filesInTheWay, outputFilesOf, saveOutputs } from './save-outputs.ts';

/** An answer after --save has had its way. */
export interface KeptAnswer extends LocalAnswer {
  /** What was saved, for people. */
  readonly note?: string;
  /** Why not all of it was. */
  readonly problem?: string;
}

interface KeepContext {
  readonly flags: RunFlags;
  readonly request: ReadyRequest;
  readonly store: ObjectStore;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly progress: Sink;
}

/** @throws ExecError INVALID_REQUEST when --save would meet files that are there already */
export async function refuseFilesInTheWay({ save, force, output = [] }: RunFlags, cwd: string): Promise<void> {
  if (save === undefined || force === true) return;
  const there = await filesInTheWay(output, directoryOf(save, cwd));
  if (there.length > 0)
    throw new ExecError(
      'INVALID_REQUEST',
      `${there.join(', ')} exists already. Name another directory after --save, or replace it with --force.`,
    );
}

/** Writes the output files to the directory that --save names and removes what only served to bring them. */
export async function keepOutputs(answer: LocalAnswer, context: KeepContext): Promise<KeptAnswer> {
  const { flags, request, store, config, terminal, progress } = context;
  if (flags.save === undefined || answer.response.result === undefined) return answer;
  const only = request.expectsFiles && flags.saveAll !== true ? namesOf(answer) : undefined;
  const directory = directoryOf(flags.save, terminal.cwd);
  const line = createProgressLine(progress);
  // Not the run's signal: what a canceled container wrote is saved as well.
  const { signal } = new AbortController();
  const budget = createByteBudget(config.outputBytes, () => tooMuch(config.outputBytes));
  const onFile = (name: string, size: number) => line.update(`Saving ${name} (${formatBytes(size)}) …`);
  line.start(`Saving the output files to ${directory} …`);
  try {
    const files = outputFilesOf(answer.response, only);
    const saved = await saveOutputs(files, { store, directory, force: flags.force === true, budget, signal, onFile });
    line.end();
    const note = `Saved ${count(saved.files, 'file')} (${formatBytes(saved.bytes)}) to ${directory}${notSaved(answer.response, only)}`;
    if (saved.kept.length > 0) return { ...answer, note, problem: notReplaced(saved.kept, answer.response) };
    return { ...(request.keepsUpload ? answer : await withoutUploads(answer, context)), note };
  } catch (error) {
    line.end();
    return { ...answer, problem: `The output files could not be saved: ${messageOf(error)}` };
  }
}

function directoryOf(save: string | true, cwd: string): string {
  return save === true ? cwd : resolve(cwd, save);
}

function namesOf({ response }: LocalAnswer): ReadonlySet<string> {
  return new Set(response.result?.output_files.map(({ name }) => name));
}

function tooMuch(limit: number): ExecError {
  return new ExecError('OUTPUT_TOO_LARGE', `there are more than ${formatBytes(limit)} of them (EXEC_OUTPUT_MAX).`);
}

/** The uploads were ours, not the request's: they go, and so does their mention. */
async function withoutUploads({ response, text }: LocalAnswer, { store, config }: KeepContext): Promise<LocalAnswer> {
  const { result } = response;
  if (result === undefined) return { response, text };
  const objects = outputFilesOf(response).map(({ object }) => object);
  const left = new Set((await removeObjects(store, objects)).map(({ name }) => name));
  const minioObjects = result.minio_objects.filter(({ object_name: name }) => left.has(name));
  const changed = { ...response, result: { ...result, minio_objects: minioObjects } };
  return { response: changed, text: await responseText(changed, { maxBytes: config.messageBytes }) };
}
