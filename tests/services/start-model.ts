import { text } from 'node:stream/consumers';
import type { Servers } from '../parts/proxied.ts';

/** An OpenAI-compatible server in small, which always says the same. */
export interface Model {
  /** As OpenAI's own libraries take it. */
  readonly url: string;
  readonly content: string;
  readonly asked: readonly Asked[];
}

interface Asked {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: unknown;
}

export async function startModel(servers: Servers): Promise<Model> {
  const asked: Asked[] = [];
  const content = JSON.stringify({ summary: 'two people who know each other' });
  const { url } = await servers.serve(async (incoming, response) => {
    const body = await text(incoming);
    asked.push({
      path: incoming.url,
      key: incoming.headers.authorization,
      body: body === '' ? undefined : JSON.parse(body),
    });
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ model: 'small-1', choices: [{ message: { content } }], usage: { total_tokens: 21 } }),
    );
  });
  return { url: `${url}/v1`, content, asked };
}
