import { createDice } from '../../http/malformed-requests.ts';
import { type JsonNode, list, map, raw, render, text } from './json-node.ts';
import { type MakeOptions, nodeFromSchema, type RequestSchema } from './node-from-schema.ts';
import { type Dice, nested, oddGlob, oddNumber, oddPath, oddText, pick } from './odd-values.ts';

/** How a request goes to the agent. */
export type Way = 'pubsub' | 'stream' | 'http';

export interface FuzzRequest {
  readonly number: number;
  readonly way: Way;
  /** The correlation id that its response has to carry; undefined: none can be read from it. */
  readonly id: string | undefined;
  /** Absent: its text is not that of a JSON value. */
  readonly node?: JsonNode;
  readonly bytes: Buffer;
}

/** The channel beside the common one that requests name in `reply_to`. */
export const replyChannelOf = (responseChannel: string): string => `${responseChannel}:replies`;

// Half of the requests are right but for their texts; the others have more and more that is wrong.
const oddsChoices = [0, 0, 0, 5, 30, 150];
/** Nothing that the agent reads is nested deeper, so that the id of a deeper request cannot be read. */
const deepest = 400;

export interface RequestMaker {
  /** The request of that number: the same for the same seed. */
  make(number: number): FuzzRequest;
}

/** @param responseChannel where responses are expected @param maxBytes the largest message that an agent reads */
export function createRequestMaker(
  schema: RequestSchema,
  seed: number,
  { responseChannel, maxBytes }: { readonly responseChannel: string; readonly maxBytes: number },
): RequestMaker {
  return {
    make(number) {
      const dice = createDice(seed ^ Math.imul(number + 1, 0x9e3779b1));
      const way = pick<Way>(dice, ['pubsub', 'stream', 'http']);
      const id = `fuzz-${seed}-${number}`;
      const options = {
        dice,
        odds: pick(dice, oddsChoices),
        hint: hintsFor(responseChannel, way),
        hintName,
        mayBeLong: true,
      };
      const entries = nodeEntries(schema, options).filter(
        ([name]) => name !== 'reply_to' || way !== 'http' || dice(9) === 0,
      );
      const hasOddId = dice(12) === 0;
      // Also where nothing else tells two requests apart they are not the same one.
      const named = map([
        ...(hasOddId ? oddId(dice, id) : [['correlation_id', text(id)] as const]),
        ...entries,
        ...extra(dice),
      ]);
      const broken = dice(15) === 0 ? breakText(dice, render(named), id) : undefined;
      if (broken !== undefined) return { number, way, id: undefined, bytes: broken };
      const bytes = Buffer.from(render(named));
      const isReadable = !hasOddId && bytes.length <= maxBytes;
      return { number, way, id: isReadable ? id : undefined, node: named, bytes };
    },
  };
}

function nodeEntries(schema: RequestSchema, options: MakeOptions) {
  const made = nodeFromSchema(schema, '', options);
  return made.kind === 'map' ? made.entries.filter(([name]) => name !== 'correlation_id') : [];
}

function oddId(dice: Dice, unique: string) {
  const value = pick(dice, [
    text(`${oddText(dice)}${unique}`),
    text(`${unique}\ud800`),
    text(`${unique}${'x'.repeat(600)}`),
    raw('null'),
    oddNumber(dice),
    list([]),
  ]);
  return [...(dice(7) === 0 ? [] : [['correlation_id', value] as const]), ['name', text(unique)] as const];
}

/** What is large or deep, in fields that take anything. */
function extra(dice: Dice) {
  switch (dice(40)) {
    case 0:
      return [['unknown', nested(dice, pick(dice, [10, 100, deepest]))] as const];
    case 1:
      return [['input', map([['config_data', map([['deep', nested(dice, pick(dice, [50, 300]))]])]])] as const];
    case 2:
      return [['unknown', text('x'.repeat(pick(dice, [10_000, 100_000, 500_000])))] as const];
    case 3:
      return [
        ['environment', map([['BIG', text('\ud83d\ude00'.repeat(pick(dice, [1000, 32_768, 65_536])))]])] as const,
      ];
    case 4:
      return [
        [
          'input',
          map([
            [
              'files',
              list([
                map([
                  ['name', text('f')],
                  ['content', text('line\n'.repeat(dice(50_000)))],
                ]),
              ]),
            ],
          ]),
        ] as const,
      ];
    default:
      return [];
  }
}

/** Text that is no JSON, or not what anyone would write. */
function breakText(dice: Dice, whole: string, unique: string): Buffer {
  const marked = `${whole.slice(0, -1)},"marker":"${unique}"}`;
  switch (dice(7)) {
    case 0:
      return Buffer.from(`{"marker":"${unique}",${whole.slice(1, 2 + dice(whole.length))}`);
    case 1:
      return Buffer.from(`${marked}${pick(dice, ['}', 'x', ',', '\u0000', '[]'])}`);
    case 2:
      return Buffer.from(`${pick(dice, ['\ufeff', '\u0000', '//', "'", unique])}${marked}`);
    case 3:
      return Buffer.from(`${'['.repeat(pick(dice, [501, 5000, 100_000]))}"${unique}"`);
    case 4:
      return Buffer.from(
        `{"marker":"${unique}","a":${pick(dice, ['01', '1.', '.5', '+1', '0x1', 'NaN', '1e', '--1'])}}`,
      );
    case 5:
      return Buffer.concat([
        Buffer.from(`{"marker":"${unique}","a":"`),
        Buffer.from([0xed, 0xa0, 0x80, 0xff, 0xc0]),
        Buffer.from('"}'),
      ]);
    default:
      return Buffer.from(
        pick(dice, [`"${unique}"`, `["${unique}"]`, unique, `{"marker":"${unique}","a":"${'x'.repeat(3_000_000)}"}`]),
      );
  }
}

const urls = [
  's3://exec-agent/a',
  's3://a/b/',
  's3://',
  'http://127.0.0.1:1/x',
  'http://[::ffff:127.0.0.1]/',
  'file:///etc/passwd',
  'ftp://localhost/',
];
const sizes = ['1', '64m', '1g', '1e3', '-1m', '0', '9'.repeat(30), 'm', '1.5g'];
const commands = ['echo', 'true', 'sh', '-c', 'exit 1', '', 'a b', '"'];

/** Mostly a value with which a request gets far, and now and then one with which it may not. */
const mostly = (dice: Dice, usual: readonly string[], odd: (dice: Dice) => string): JsonNode =>
  text(dice(6) === 0 ? odd(dice) : pick(dice, usual));
const usualPaths = [
  'a',
  'b.txt',
  'data/x',
  'data/y/z',
  './a',
  'with space/é',
  '.hidden',
  '\u{1f4a5}',
  `${'deep/'.repeat(20)}x`,
];
const usualGlobs = ['*', '**', '*.txt', 'a', 'data/', '{a,b}*', '[a-z]*', '**/b', '?', ...usualPaths];

/** Fields whose values decide how far a request gets. */
const fieldHints: Readonly<Record<string, (dice: Dice) => JsonNode>> = {
  image: (dice) =>
    text(
      pick(dice, [
        'alpine:latest',
        'alpine:latest',
        'alpine:latest',
        'python:3.9-slim',
        `a@sha256:${'0'.repeat(64)}`,
        oddText(dice),
      ]),
    ),
  'command item': (dice) => text(dice(4) === 0 ? oddText(dice) : pick(dice, commands)),
  'entrypoint item': (dice) => text(dice(4) === 0 ? oddText(dice) : pick(dice, commands)),
  user: (dice) =>
    mostly(dice, ['1000', '1000:1000', 'nobody'], () => pick(dice, ['root', ':0', '-1', '4294967296', oddText(dice)])),
  memory: (dice) => mostly(dice, ['64m', '1g', '1.5g'], () => pick(dice, sizes)),
  disk: (dice) => mostly(dice, ['64m', '1g'], () => pick(dice, sizes)),
  cpus: (dice) => raw(pick(dice, ['1', '0.5', '1.0', '1', '1e-9'])),
  pids: (dice) => raw(pick(dice, ['1', '100', '1.0', '64'])),
  gpus: (dice) => raw(pick(dice, ['0', '0', '0', '1'])),
  timeout: (dice) => raw(pick(dice, ['0.05', '1', '2.0', '0.001', '5', '9', '60', '99999'])),
  attempts: (dice) => raw(pick(dice, ['1', '1', '1', '1', '2', '1.0'])),
  'expected_files item': (dice) => (dice(2) === 0 ? text(oddGlob(dice)) : mostly(dice, usualGlobs, oddPath)),
  path: (dice) => mostly(dice, usualPaths, oddPath),
  local_path: (dice) => mostly(dice, usualPaths, oddPath),
  object_name: (dice) => mostly(dice, usualPaths, oddPath),
  url: (dice) => text(pick(dice, urls)),
  upload_to: (dice) =>
    dice(2) === 0
      ? text(pick(dice, urls))
      : list([
          map([
            ['path', text(oddPath(dice))],
            ['url', text(pick(dice, urls))],
          ]),
        ]),
  content: (dice) => text(dice(2) === 0 ? oddText(dice) : 'aGVsbG8='),
  encoding: (dice) => text(pick(dice, ['utf8', 'base64'])),
  bucket: (dice) => text(pick(dice, ['exec-agent', 'a', '..', oddText(dice)])),
  working_dir: (dice) => text(pick(dice, ['/', '/workspace', `/${oddPath(dice)}`])),
  'service_access item': (dice) => mostly(dice, ['data', 'ai'], oddText),
  'ports value': (dice) => raw(pick(dice, ['"20000"', '20001', '"20002"', '65536'])),
  secrets: (dice) => list([text(pick(dice, ['FUZZ', 'FUZZ', 'FUZZ', 'FUZZ', 'MISSING']))]),
};

const omitted = ['egress', 'cache', 'not_before', 'record_services', 'replay'];

function hintsFor(responseChannel: string, way: Way): MakeOptions['hint'] {
  return (field, dice) => {
    if (field === 'reply_to') return way === 'http' ? text('x') : text(replyChannelOf(responseChannel));
    return fieldHints[field]?.(dice);
  };
}

function hintName(field: string, dice: Dice): string | undefined {
  if (dice(12) === 0) return oddText(dice);
  if (field === 'ports') return pick(dice, ['80', '8000', '8001', '65535', '99999']);
  if (field === 'service_budget') return pick(dice, ['data', 'ai', 'x']);
  return undefined;
}

// The pauses between so many attempts take seconds, those between as many as there may be take minutes.
const mostRepeats = 4;

/**
 * Without the fields that are reserved for later: a request that has one is refused for that alone. A command that fails
 * is not repeated for longer than a response is waited for.
 */
export function fuzzedSchema(schema: RequestSchema): RequestSchema {
  const properties = Object.entries(schema.properties ?? {}).filter(
    ([name]) => !omitted.includes(name) && name !== 'upload_to',
  );
  return { ...schema, properties: { ...Object.fromEntries(properties), retry: retrySchema(schema) } };
}

function retrySchema({ properties }: RequestSchema): RequestSchema {
  const retry = properties?.retry;
  const { attempts, on, ...more } = retry?.properties ?? {};
  if (attempts === undefined || on === undefined) throw new Error('retry has no attempts, or no "on"');
  const few = { ...retry, properties: { ...more, attempts: { ...attempts, maximum: mostRepeats }, on } };
  const withoutExit = { ...retry, properties: { ...more, attempts } };
  return { anyOf: [few, withoutExit] };
}
