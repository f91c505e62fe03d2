import { randomUUID } from 'node:crypto';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import { leaveMark } from '../parts/run/mark-runs.ts';

export interface FaultRequest {
  /** Its correlation id. */
  readonly id: string;
  /** As it goes into the stream. */
  readonly text: string;
  /** Canceled as soon as it is sent, or when it runs. */
  readonly cancel?: 'at once' | 'when it runs';
  /** The error code of its answer; `OK` for none. */
  readonly code: string;
  /** What else is wrong with an answer to it, given the marks that its container left; undefined: nothing. */
  readonly complaint: (answer: ExecutionResponse, marks: readonly string[]) => string | undefined;
}

/** What a request runs, and what must come of it. */
export interface RequestKind {
  readonly script: string;
  readonly more?: object;
  readonly cancel?: FaultRequest['cancel'];
  readonly code: string;
  readonly complaint: FaultRequest['complaint'];
}

const ok: RequestKind = {
  script: 'echo begun; echo r > /workspace/output/r; echo ended',
  more: { output: { expected_files: ['r'] } },
  code: 'OK',
  complaint: (answer, marks) =>
    wrongOutput(answer, marks, 'begun\nended\n') ??
    (answer.result?.output_files[0]?.content === 'r\n' ? undefined : 'its file did not come back'),
};

/** Writes numbers up to a last one, half a second apart. */
const counting = (last: number): RequestKind => {
  const lines = Array.from({ length: last }, (_, index) => String(index + 1));
  return {
    script: `for n in ${lines.join(' ')}; do echo $n; sleep 0.5; done`,
    code: 'OK',
    complaint: (answer, marks) => wrongOutput(answer, marks, `${lines.join('\n')}\n`),
  };
};
const long = counting(8);
const longest = counting(60);

const failing: RequestKind = {
  script: 'echo half; exit 3',
  code: 'EXIT_NONZERO',
  complaint: (answer, marks) => wrongOutput(answer, marks, 'half\n'),
};

const timeout: RequestKind = {
  script: 'echo begun; exec sleep 600',
  more: { timeout: 1.5 },
  code: 'TIMEOUT',
  complaint: (answer, marks) => wrongOutput(answer, marks, 'begun\n'),
};

/** How far it had come is not known; what it left must fit. */
const doesNotFit: RequestKind['complaint'] = (answer, marks) =>
  answer.result?.output === '' ? undefined : answer.result && wrongOutput(answer, marks, 'begun\n');

const canceled = (cancel: FaultRequest['cancel']): RequestKind => ({
  script: 'echo begun; exec sleep 600',
  cancel,
  code: 'CANCELED',
  complaint: doesNotFit,
});

const line = '0123456789'.repeat(10);
const writtenBytes = 3_000_000;
const fileBytes = 2_000_000;
const large: RequestKind = {
  script: `yes ${line} | head -c ${writtenBytes}; head -c ${fileBytes} /dev/zero > /workspace/output/big`,
  more: { output: { expected_files: ['big'], minio_upload: true } },
  code: 'OK',
  complaint: (answer, marks) => {
    const { output = '', output_files: files = [], minio_objects: objects = [] } = answer.result ?? {};
    if (!output.startsWith(`mark ${marks[0]}\n${line}\n`) || !output.includes('left out'))
      return `its output is ${output.length} characters: ${output.slice(0, 100)}`;
    const isWhole = files[0]?.size === fileBytes && files[0].truncated === true && objects[0]?.size === fileBytes;
    return isWhole ? undefined : 'its large file did not come back';
  },
};

// Twenty, so that each kind meets each priority below.
export const usualKinds: readonly RequestKind[] = [
  ...[ok, long, failing, ok, timeout, ok, canceled('when it runs'), ok, large, ok],
  ...[long, failing, ok, ok, canceled('at once'), timeout, long, ok, failing, canceled('when it runs')],
];

const ranOrDidNot: RequestKind['complaint'] = (answer, marks) =>
  marks.length === 0 && (answer.result?.output ?? '') === '' ? undefined : timeout.complaint(answer, marks);

/** For faults that last longer: with some that still run when another agent has taken them over. */
export const clusterKinds: readonly RequestKind[] = usualKinds.map((kind) => {
  if (kind === long) return longest;
  // Its time may end before its command begins: then there is no mark and no output.
  return kind === timeout ? { ...timeout, complaint: ranOrDidNot } : kind;
});

/** Whether it is the command of a request that runs longest. */
export function isLongest(command: readonly string[]): boolean {
  return command.some((argument) => argument.endsWith(longest.script));
}

const priorities = [0, 50, 0, 100, 10, 0, 1];

/** The n-th of a mixed lot: what becomes of each is known beforehand. */
export function makeRequest(n: number, kinds: readonly RequestKind[]): FaultRequest {
  const { script, more, cancel, code, complaint } = kinds[n % kinds.length] ?? ok;
  const id = randomUUID();
  const request = {
    correlation_id: id,
    container: { image: 'alpine:latest', command: ['sh', '-c', leaveMark + script] },
    priority: priorities[n % priorities.length],
    ...more,
  };
  return { id, text: JSON.stringify(request), code, complaint, ...(cancel === undefined ? {} : { cancel }) };
}

function wrongOutput(answer: ExecutionResponse, marks: readonly string[], text: string): string | undefined {
  const output = answer.result?.output;
  return output === `mark ${marks[0]}\n${text}` ? undefined : `its output is ${JSON.stringify(output)}`;
}
