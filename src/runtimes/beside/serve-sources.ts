import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Channel } from '../../support/channels/channel.ts';
import { ExecError } from '../../support/exec-error.ts';
import { type Ask, askSchema } from '../../wire/pod/keeper.ts';
import type { ListObjects, SourceObject, Sources } from '../api/staging.ts';

/** Answers what a program beside the data asks for, one conversation each. An error is part of the conversation. */
export function serveSources(sources: Sources): (channel: Channel, message: unknown) => void {
  return (channel, message) => {
    const stopping = new AbortController();
    channel.output.once('close', () =>
      stopping.abort(new ExecError('CANCELED', 'The program ended the conversation.')),
    );
    answer(askSchema.parse(message), channel, { sources, signal: stopping.signal }).catch((error: unknown) =>
      channel.fail(error),
    );
  };
}

interface AnswerParts {
  readonly sources: Sources;
  readonly signal: AbortSignal;
}

async function answer(question: Ask, channel: Channel, { sources, signal }: AnswerParts): Promise<void> {
  const { input, output, reply } = channel;
  switch (question.ask) {
    case 'open': {
      input.resume();
      const { size, body } = await sources.open(question.source, signal);
      try {
        await reply(size === undefined ? {} : { size });
        await pipeline(body, output);
      } finally {
        body.destroy();
      }
      return;
    }
    case 'list':
      input.resume();
      await reply({});
      await pipeline(Readable.from(linesOf(sources.list, question.prefix, signal)), output);
      return;
    case 'put': {
      // A target that refuses may stop reading before it says why, and that must not end the conversation.
      const body = Readable.from(input.iterator({ destroyOnReturn: false }), { objectMode: false });
      await reply({ size: await sources.put(question.target, { size: question.size, body }, signal) });
      break;
    }
    case 'presign':
      input.resume();
      if (sources.presign === undefined) throw new ExecError('INTERNAL', 'The object store has no URLs.');
      await reply({ url: await sources.presign(question.object) });
      break;
    case 'direct': {
      input.resume();
      const url = await sources.direct?.(question.source, question.use);
      await reply(url === undefined ? {} : { url });
      break;
    }
  }
  output.end();
}

/** Many small pieces would cost more than their bytes. */
const batchBytes = 16 * 1024;

async function* linesOf(list: ListObjects, prefix: SourceObject, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  let batch = '';
  for await (const { name, size } of list(prefix, signal)) {
    batch += `${JSON.stringify({ name, size })}\n`;
    if (batch.length < batchBytes) continue;
    yield Buffer.from(batch);
    batch = '';
  }
  if (batch !== '') yield Buffer.from(batch);
}
