import type { ApiOperation } from './api-operations.ts';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The same numbers for the same seed, each from 0 up to below the bound. */
export function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    // Mulberry32, by Tommy Ettinger, in the public domain.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const words = [
  ...[
    '',
    '0',
    '-1',
    '1e309',
    'NaN',
    'null',
    'true',
    '..',
    '../../etc/passwd',
    '%',
    '%zz',
    '%00',
    '\u0000',
    '\ud800',
    '💥',
  ],
  ...['a'.repeat(3000), 'x=y=z', '=', '[]', '{}', "'; --", '<script>', '9'.repeat(400), '2026-13-45T99:99:99Z', '0-0'],
  ...[
    '00000000-0000-4000-8000-000000000000',
    '1700000000000-00000000-0000-4000-8000-000000000000',
    '*',
    '?',
    '#',
    '\r\nx: y',
  ],
];

const values: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, 1.5, '', 'x', '\u0000', '__proto__', 'a'.repeat(2000), [], [[]], {}, [null], { x: {} }],
  ...[
    '/etc/passwd',
    '../x',
    'alpine',
    ['sh', '-c', 'true'],
    { image: 'alpine' },
    { '': '' },
    2 ** 53,
    ['exit'],
    'host',
  ],
];

const fields = [
  ...['correlation_id', 'container', 'input', 'output', 'environment', 'timeout', 'service_access', 'service_budget'],
  ...[
    'priority',
    'retry',
    'tags',
    'name',
    'reply_to',
    'secrets',
    'upload_to',
    'cache',
    '__proto__',
    'constructor',
    'x',
  ],
];
const parts: Readonly<Record<string, readonly string[]>> = {
  container: ['image', 'pull', 'command', 'entrypoint', 'user', 'working_dir', 'ports', 'resources', 'network'],
  input: ['graph_data', 'minio_objects', 'objects', 'files', 'config_data'],
  output: ['expected_files', 'minio_upload', 'graph_update', 'return_logs'],
};

const types = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'x',
  '',
];

/** One request that is wrong somewhere, most of the time. */
export function makeMalformed(operation: ApiOperation, dice: (below: number) => number): RawRequest {
  const pick = <T>(choices: readonly T[]): T | undefined => choices[dice(choices.length)];
  const encoded = () => encodeURIComponent((pick(words) ?? '').replaceAll(/[\ud800-\udfff]/gu, '?'));
  const path = operation.path.replace(/\{\w+\}/g, () => (dice(5) === 0 ? '%E0%A4%A' : encoded()));
  const query = [...operation.query, 'x', '__proto__']
    .filter(() => dice(3) === 0)
    .map((name) => `${name}=${encoded()}`);
  const isRead = operation.method === 'GET';
  const type = pick(types) ?? '';
  return {
    method: dice(20) === 0 ? (pick(['PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PUT']) ?? 'PUT') : operation.method,
    path: query.length === 0 ? path : `${path}?${query.join('&')}`,
    headers: {
      ...(isRead || type === '' ? {} : { 'content-type': dice(2) === 0 ? 'application/json' : type }),
      ...(dice(4) === 0 ? { accept: pick(['text/event-stream', '*/*', 'x', ',,,']) ?? '' } : {}),
      ...(dice(6) === 0 ? { 'last-event-id': pick(['0-0', 'x', '9'.repeat(50), '1-1']) ?? '' } : {}),
      ...(dice(6) === 0 ? { range: pick(['bytes=0-', 'bytes=-1', 'bytes=9-1', 'x']) ?? '' } : {}),
      ...(dice(10) === 0 ? { authorization: pick(['Bearer', 'Bearer x', 'Basic eDp5', 'Bearer exa_0_0']) ?? '' } : {}),
      ...(dice(20) === 0 ? { origin: pick(['null', 'http://x', 'x']) ?? '' } : {}),
    },
    body: isRead ? undefined : makeBody(dice, pick),
  };
}

function makeBody(dice: (below: number) => number, pick: <T>(choices: readonly T[]) => T | undefined): string {
  if (dice(5) === 0)
    return pick(['', '{', 'null', '[]', '"x"', '{"a":1}}', '['.repeat(5000), '\ufeff{}', '{"a":NaN}']) ?? '';
  const body: Record<string, unknown> = dice(2) === 0 ? { container: { image: 'alpine' } } : {};
  for (let n = dice(4); n >= 0; n--) {
    const field = pick(fields) ?? 'x';
    const inner = pick(parts[field] ?? []);
    const value = pick(values);
    body[field] =
      inner === undefined || dice(4) === 0 ? value : { image: 'alpine', [inner]: dice(2) === 0 ? value : [value] };
  }
  return JSON.stringify(body);
}
