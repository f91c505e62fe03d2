import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OpenedUrl } from '../inputs/urls/open-http.ts';
import type { OpenUrl } from '../inputs/urls/open-url.ts';
import { chunksOf, type ObjectBody } from '../objects/object-body.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { SendToUrl } from '../outputs/upload/put-to-url.ts';
import { awaitWithSignal } from '../support/abort/await-with-signal.ts';
import type { Channel } from '../support/channels/channel.ts';
import type { Channels } from '../support/channels/open-channels.ts';
import { ExecError } from '../support/exec-error.ts';
import { readLines } from '../support/text/read-lines.ts';
import {
  type Ask,
  directSchema,
  listedSchema,
  openedSchema,
  presignedSchema,
  putDoneSchema,
  type SourceAsk,
} from '../wire/pod/keeper.ts';

const maxLineBytes = 64 * 1024;

export interface AgentSources {
  readonly store: ObjectStore;
  readonly openUrl: OpenUrl;
  readonly sendToUrl: SendToUrl;
}

export interface AskOptions {
  readonly channels: Pick<Channels, 'open'>;
  readonly defaultBucket: string;
  /** Reads and writes URLs that the agent names in place of taking the bytes. Absent: it names none. */
  readonly direct?: { readonly open: OpenUrl; readonly send: SendToUrl } | undefined;
}

/** The stores and URLs of the agent, for a program that reaches nothing but its agent. */
export function askAgent({ channels, defaultBucket, direct }: AskOptions): AgentSources {
  const ask = async (question: Ask, signal: AbortSignal): Promise<Channel> => {
    signal.throwIfAborted();
    const channel = await channels.open(question);
    const stop = () => channel.fail(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    channel.input.once('close', () => signal.removeEventListener('abort', stop));
    return channel;
  };

  /** The URL by which this program reads or writes; undefined: through the agent. */
  const directUrl = async (use: 'get' | 'put', source: SourceAsk, signal: AbortSignal): Promise<URL | undefined> => {
    const channel = await ask({ ask: 'direct', use, source }, signal);
    channel.output.end();
    channel.input.resume();
    const { url } = directSchema.parse(await awaitWithSignal(channel.replied(), signal));
    return url === undefined ? undefined : new URL(url);
  };

  const open = async (source: SourceAsk, signal: AbortSignal): Promise<OpenedUrl> => {
    const url = direct && (await directUrl('get', source, signal));
    if (direct !== undefined && url !== undefined) return direct.open(url, signal);
    const channel = await ask({ ask: 'open', source }, signal);
    channel.output.end();
    const { size } = openedSchema.parse(await awaitWithSignal(channel.replied(), signal));
    return { body: channel.input, size };
  };

  const put = async (
    target: SourceAsk,
    { size, chunks }: { readonly size: number | undefined; readonly chunks: AsyncIterable<Uint8Array> },
    signal: AbortSignal,
  ): Promise<number> => {
    const url = direct && size !== undefined && (await directUrl('put', target, signal));
    if (direct !== undefined && url instanceof URL && size !== undefined) {
      await direct.send(Readable.from(chunks), size, url, signal);
      return size;
    }
    const channel = await ask({ ask: 'put', target, ...(size === undefined ? {} : { size }) }, signal);
    channel.input.resume();
    try {
      // A target that refuses says more than the body that could not be sent.
      const [, done] = await Promise.all([
        pipeline(chunks, channel.output).catch(async (error: unknown) => {
          channel.fail(error);
          await channel.replied();
          throw error;
        }),
        channel.replied(),
      ]);
      return putDoneSchema.parse(done).size;
    } catch (error) {
      signal.throwIfAborted();
      channel.fail(error);
      throw error;
    }
  };

  return {
    store: {
      name: 'agent',
      defaultBucket,
      async get({ bucket, name }, signal) {
        const { body, size = 0 } = await open({ kind: 'object', name, ...withBucket(bucket) }, signal);
        return { name, body, size };
      },
      async put({ bucket, name }, body, signal) {
        const target = { kind: 'object', name, ...withBucket(bucket) } as const;
        return { name, size: await put(target, { size: sizeOf(body), chunks: chunksOf(body) }, signal) };
      },
      async *list({ bucket, name }, signal) {
        const channel = await ask({ ask: 'list', prefix: { name, ...withBucket(bucket) } }, signal);
        channel.output.end();
        await awaitWithSignal(channel.replied(), signal);
        for await (const line of readLines(channel.input, maxLineBytes)) yield listedSchema.parse(JSON.parse(line));
      },
      remove: () => Promise.reject(new ExecError('INTERNAL', 'A program beside the data removes no objects.')),
      async presign({ bucket, name }) {
        const question = { ask: 'presign', object: { name, ...withBucket(bucket) } } as const;
        const channel = await ask(question, new AbortController().signal);
        channel.output.end();
        channel.input.resume();
        return presignedSchema.parse(await channel.replied()).url;
      },
    },
    openUrl: (url, signal) => open({ kind: 'url', url: url.href }, signal),
    async sendToUrl(body, size, url, signal) {
      await put({ kind: 'url', url: url.href }, { size, chunks: body }, signal);
    },
  };
}

function withBucket(bucket: string | undefined): { readonly bucket?: string } {
  return bucket === undefined ? {} : { bucket };
}

function sizeOf(body: ObjectBody): number | undefined {
  return 'handle' in body ? body.size : undefined;
}
