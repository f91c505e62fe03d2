import { z } from 'zod';
import type { Config } from '../../../agent/config/config-schema.ts';
import type { ObjectKey, ObjectStore } from '../../../objects/object-store.ts';
import { parseJson, stringifyJson } from '../../../support/json/json.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import { createProgressLine } from '../../output/progress-line.ts';
import { readText } from '../../terminal/read-text.ts';
import type { Sink, Terminal } from '../../terminal/terminal.ts';
import { buildRequest } from './build-request.ts';
import type { RunArguments, Target } from './choose-target.ts';
import { gatherInputs } from './gather-inputs.ts';
import { type InlineLimits, type PlacedInputs, placeInputs, removeObjects } from './place-inputs.ts';
import { placeStdin } from './place-stdin.ts';

/** A request that is ready but for what has to go into the object store first. */
export type PreparedRequest = (store: ObjectStore) => Promise<ReadyRequest>;

export interface ReadyRequest {
  readonly text: string;
  /** Objects made for this run, to be removed after it. */
  readonly uploaded: readonly ObjectKey[];
  /** Whether the request itself asks for the upload that --save makes use of. */
  readonly keepsUpload: boolean;
  /** Whether the request names the files that it wants. */
  readonly expectsFiles: boolean;
}

export interface PrepareContext {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly progress: Sink;
  readonly signal: AbortSignal;
}

/**
 * Reads all that the command line names, so that a mistake shows before anything is started.
 * @throws ExecError INVALID_REQUEST for what cannot be read
 */
export async function prepareRequest(
  target: Target,
  { command, flags }: RunArguments,
  { terminal, config, progress, signal }: PrepareContext,
): Promise<PreparedRequest> {
  const saves = flags.save !== undefined;
  if (target.kind === 'request') {
    const text = await readText(target.source, terminal, { maxBytes: config.messageBytes, signal });
    return async () => ({ uploaded: [], ...askForUpload(text, saves) });
  }
  const gathered = await gatherInputs(flags.input ?? [], terminal.cwd);
  const build = (inputs: Parameters<typeof buildRequest>[0]['inputs']) =>
    buildRequest({ image: target.reference, command, flags, inputs }, terminal);
  // Built once without its inputs: every other mistake of the command line shows now.
  await build({ files: [], minioObjects: [], uploaded: [] });
  const readsStdin = flags.stdin ?? terminal.hasInput;
  return async (store) => {
    const line = createProgressLine(progress);
    const limits = inlineLimits(config);
    const onUpload = ({ path, size }: { readonly path: string; readonly size: number }) =>
      line.start(`Copying ${path} (${formatBytes(size)}) into the object store …`);
    const piped = readsStdin ? await readStdin(terminal, { store, config, progress, signal }) : undefined;
    const placed = placeInputs(gathered, { store, limits, signal, onUpload }).catch(async (error: unknown) => {
      await removeObjects(store, piped?.uploaded ?? []);
      throw error;
    });
    const inputs = withStdin(await placed.finally(() => line.end()), piped);
    return { uploaded: inputs.uploaded, ...askForUpload(stringifyJson(await build(inputs)), saves) };
  };
}

function withStdin(inputs: PlacedInputs, piped: PlacedInputs | undefined): PlacedInputs {
  if (piped === undefined) return inputs;
  return {
    files: inputs.files,
    minioObjects: [...inputs.minioObjects, ...piped.minioObjects],
    uploaded: [...inputs.uploaded, ...piped.uploaded],
    stdin: piped.stdin,
  };
}

// After this time, a message says that standard input is awaited.
const silentMs = 1000;

async function readStdin(
  { stdin }: Terminal,
  { store, config, progress, signal }: Omit<PrepareContext, 'terminal'> & { readonly store: ObjectStore },
): Promise<PlacedInputs> {
  const line = createProgressLine(progress);
  const waits = setTimeout(
    () => line.start('Reading standard input to its end (--no-stdin leaves it out) …'),
    silentMs,
  );
  const inlineBytes = inlineLimits(config).fileBytes;
  try {
    return await placeStdin(stdin, { store, inlineBytes, maxBytes: config.inputBytes, signal });
  } finally {
    clearTimeout(waits);
    line.end();
  }
}

const inlineFileBytes = 256 * 1024;

// Base64 adds a third, and graph and configuration want room in the same message.
function inlineLimits({ messageBytes }: Config): InlineLimits {
  return { fileBytes: Math.min(inlineFileBytes, messageBytes / 8), totalBytes: messageBytes / 4 };
}

const outputSchema = z.looseObject({
  output: z
    .looseObject({
      minio_upload: z.unknown().optional(),
      expected_files: z.array(z.unknown()).optional().catch(undefined),
    })
    .optional(),
});

/** Files larger than an answer carries reach --save through the object store; a text that is no request stays as it is. */
function askForUpload(text: string, saves: boolean): Omit<ReadyRequest, 'uploaded'> {
  const parsed = outputSchema.safeParse(parsedOrUndefined(text));
  if (!parsed.success) return { text, keepsUpload: false, expectsFiles: false };
  const { output = {} } = parsed.data;
  const keepsUpload = output.minio_upload === true;
  const expectsFiles = (output.expected_files ?? []).length > 0;
  if (!saves || keepsUpload) return { text, keepsUpload, expectsFiles };
  return {
    text: stringifyJson({ ...parsed.data, output: { ...output, minio_upload: true } }),
    keepsUpload,
    expectsFiles,
  };
}

function parsedOrUndefined(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The agent says what is wrong with it.
    return undefined;
  }
}
