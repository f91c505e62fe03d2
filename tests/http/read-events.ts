import { z } from 'zod';

export interface ReadEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

const dataSchema = z.string().transform((text): unknown => JSON.parse(text));

/** The server-sent events of an answer, as they come. */
export async function* readEvents(response: Response): AsyncGenerator<ReadEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
      if (fields.data === undefined) continue;
      yield { event: fields.event ?? 'message', id: fields.id, data: dataSchema.parse(fields.data) };
    }
  }
}

export async function allEvents(response: Response): Promise<readonly ReadEvent[]> {
  const events: ReadEvent[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
}
