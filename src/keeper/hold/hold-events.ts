/** An event of `hold` as it is sent and stored; the body is read by `decodeEvent`. */
export interface RawEvent {
  readonly kind: string;
  readonly number: bigint;
  readonly body: Buffer;
}

/** What `hold` reports; line.h has its form. Each event has a number, one more than the one before. */
export type HoldEvent =
  | { readonly kind: 'users'; readonly passwd: string; readonly group: string }
  /** The names of the network interfaces that the command will see. */
  | { readonly kind: 'ready'; readonly interfaces: readonly string[] }
  | { readonly kind: 'begun' }
  | { readonly kind: 'failed'; readonly errno: number; readonly what: string }
  /** Time in nanoseconds since 1970. */
  | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly time: bigint; readonly data: Buffer }
  | {
      readonly kind: 'exited';
      readonly code: number | null;
      readonly signal: number | null;
      readonly counters: Counters;
    };

/** Files of the command's cgroup by path, those that exist. */
export type Counters = ReadonlyMap<string, string>;

/** What `hold` says first on a new connection. */
export interface Hello {
  /** `running` from when it has executed the command, or could not. */
  readonly state: 'waiting' | 'ready' | 'running' | 'ended';
  /** Of its newest event; 0 before the first. */
  readonly newest: bigint;
  readonly step: string;
  readonly nonce: string;
}

const states = new Map([
  ['w', 'waiting'],
  ['r', 'ready'],
  ['x', 'running'],
  ['e', 'ended'],
] as const);

/** @throws RangeError for what is not of that form */
export function decodeHello(body: Buffer): Hello {
  const state = [...states].find(([letter]) => letter === body.toString('latin1', 0, 1))?.[1];
  const [step, nonce] = body.toString('utf8', 9).split('\0');
  if (state === undefined || step === undefined || nonce === undefined) throw new RangeError('not a hello of hold');
  return { state, newest: body.readBigUInt64LE(1), step, nonce };
}

/** @throws RangeError for what is not of that form */
export function decodeEvent(kind: string, body: Buffer): HoldEvent {
  switch (kind) {
    case 'U': {
      const end = 4 + body.readUInt32LE(0);
      return { kind: 'users', passwd: body.toString('utf8', 4, end), group: body.toString('utf8', end) };
    }
    case 'R':
      return { kind: 'ready', interfaces: interfacesIn(body.toString()) };
    case 'B':
      return { kind: 'begun' };
    case 'F':
      return { kind: 'failed', errno: body.readUInt32LE(0), what: body.toString('utf8', 4) };
    case '1':
    case '2': {
      const stream = kind === '1' ? 'stdout' : 'stderr';
      return { kind: 'output', stream, time: body.readBigUInt64LE(0), data: body.subarray(8) };
    }
    case 'X':
      return decodeExit(body);
    default:
      throw new RangeError(`hold sent an event of the unknown kind ${JSON.stringify(kind)}`);
  }
}

/** As wait(2) packs it. */
function decodeExit(body: Buffer): HoldEvent {
  const status = body.readUInt32LE(0);
  const signal = status & 0x7f;
  const counters = new Map<string, string>();
  for (let at = 4; at < body.length; ) {
    const end = body.indexOf(0, at);
    if (end === -1) throw new RangeError('hold sent a counter without a value');
    const bytes = body.readUInt32LE(end + 1);
    const text = body.toString('utf8', end + 5, end + 5 + bytes);
    if (text !== '') counters.set(body.toString('utf8', at, end), text);
    at = end + 5 + bytes;
  }
  return signal === 0
    ? { kind: 'exited', code: (status >> 8) & 0xff, signal: null, counters }
    : { kind: 'exited', code: null, signal, counters };
}

/** Two lines of headings, then one for each interface, which begins with its name and a colon. */
function interfacesIn(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '');
}
