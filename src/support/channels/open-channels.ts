import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { errorCodeSchema } from '../../wire/response/error-code-schema.ts';
import { sentenceSchema } from '../../wire/sentence.ts';
import { ExecError, toExecError } from '../exec-error.ts';
import { deferred } from '../time/deferred.ts';
import { type Channel, createChannel, type OpenChannel } from './channel.ts';
import { broken, decodeFrames, encodeFrame, type Frame, type FrameKind } from './frames.ts';

/** Many conversations over one connection. Memory is bounded by their number and the window of each. */
export interface Channels {
  /** Opens a channel with a message. */
  open(message: unknown): Promise<Channel>;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  /** Ends the connection and every channel. */
  close(): void;
}

export interface ChannelsOptions {
  /** Each side counts its own channels: one side is `odd`, the other `even`. */
  readonly side: 'odd' | 'even';
  /** Receives each channel that the other side opens, with its message. Absent: they are refused. */
  readonly onChannel?: (channel: Channel, message: unknown) => void;
}

/** How many conversations one side may have open at the same time. */
const maxChannels = 64;

export function openChannels(connection: Duplex, { side, onChannel }: ChannelsOptions): Channels {
  const channels = new Map<number, OpenChannel>();
  const ended = deferred();
  let next = side === 'odd' ? 1 : 2;
  let draining: Promise<unknown> | undefined;

  const write = async (frame: Buffer): Promise<void> => {
    if (connection.destroyed || connection.writableEnded) throw broken('it is closed');
    if (connection.write(frame)) return;
    draining ??= drain();
    await draining;
  };

  const drain = async (): Promise<void> => {
    await Promise.race([once(connection, 'drain'), ended.promise]).catch(() => undefined);
    draining = undefined;
  };

  const add = (id: number): OpenChannel => {
    const channel = createChannel({
      send: (kind, payload) => write(encodeFrame(kind, id, encodePayload(kind, payload))),
      sendBytes: (piece) => write(encodeFrame('data', id, piece)),
      onClose: () => channels.delete(id),
    });
    channels.set(id, channel);
    return channel;
  };

  const isOwn = (id: number): boolean => id % 2 === (side === 'odd' ? 1 : 0);
  const ids = (): readonly number[] => [...channels.keys()];

  const accept = ({ channel: id, payload }: Frame): void => {
    if (isOwn(id) || channels.has(id)) throw broken('it opened a conversation under a wrong number');
    if (ids().length - ids().filter(isOwn).length >= maxChannels) throw broken('it opened too many conversations');
    const channel = add(id);
    if (onChannel === undefined) channel.fail(broken('nothing is served on this side'));
    else onChannel(channel, parse(payload));
  };

  const receive = (frame: Frame): void => {
    if (frame.kind === 'open') {
      accept(frame);
      return;
    }
    const channel = channels.get(frame.channel);
    // What was on its way when this side ended the conversation.
    if (channel === undefined) return;
    const { payload } = frame;
    switch (frame.kind) {
      case 'reply':
        channel.onReply(parse(payload));
        break;
      case 'data':
        channel.onData(payload);
        break;
      case 'end':
        channel.onEnd();
        break;
      case 'credit':
        channel.onCredit(z.number().int().positive().parse(parse(payload)));
        break;
      case 'fail':
        channel.onFail(errorFrom(parse(payload)));
        break;
    }
  };

  const endAll = (error: ExecError): void => {
    for (const channel of [...channels.values()]) channel.onFail(error);
    connection.destroy();
    ended.resolve();
  };

  const listen = async (): Promise<void> => {
    for await (const frame of decodeFrames(connection)) receive(frame);
  };
  listen().then(
    () => endAll(broken('it was closed')),
    (error: unknown) => endAll(error instanceof ExecError ? error : broken(toExecError(error).message)),
  );
  connection.on('error', () => undefined);

  return {
    async open(message) {
      if (ids().filter(isOwn).length >= maxChannels) throw broken('too many conversations are open');
      const id = next;
      next += 2;
      const channel = add(id);
      await write(encodeFrame('open', id, encodePayload('open', message)));
      return channel;
    },
    closed: ended.promise,
    close: () => endAll(broken('it was closed')),
  };
}

const failureSchema = z.object({
  code: errorCodeSchema,
  sentence: sentenceSchema,
  context: z.record(z.string(), z.json()),
});

function encodePayload(kind: FrameKind, payload: unknown): Buffer {
  if (kind === 'end') return Buffer.of();
  return Buffer.from(JSON.stringify(kind === 'fail' ? failureOf(payload) : payload));
}

function failureOf(error: unknown): z.infer<typeof failureSchema> {
  const { code, sentence, context } = toExecError(error);
  const parsed = failureSchema.shape.context.safeParse(context);
  return { code, sentence, context: parsed.success ? parsed.data : {} };
}

function errorFrom(value: unknown): ExecError {
  const { code, sentence, context } = failureSchema.parse(value);
  return new ExecError(code, sentence, { context });
}

function parse(payload: Buffer): unknown {
  return JSON.parse(payload.toString());
}
