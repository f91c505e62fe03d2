import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Control, Found } from '../../agent/control/control.ts';
import { notFinished } from '../../agent/control/control-errors.ts';
import { createHttpClient } from '../../client/browser.ts';
import { ExecError } from '../../support/exec-error.ts';
import { stringifyJson } from '../../support/json/json.ts';
import { readExactJson, readJson } from '../../support/json/read-json.ts';
import { executionSummarySchema } from '../../wire/http/executions.ts';
import { mostLogHits } from '../../wire/http/log-hits.ts';
import type { Context } from '../contexts/contexts.ts';
import { connectAttempts, explain, explainAll } from './explain-http.ts';

// Longer than this nothing in between keeps a silent connection.
const waitSeconds = 25;

const viewSchema = z.looseObject({ response: z.unknown() });

/** The agents behind an HTTP API. */
export function createHttpControl({ url, token }: Context): Control {
  const client = createHttpClient({ url, connectAttempts, ...(token === undefined ? {} : { token }) });
  const about = <T>(id: string, work: Promise<T>) => explain(work, url, id);

  return {
    place: url,
    async submit(request, signal) {
      const text = await explain(client.submitText(request, { signal }), url);
      const found = foundIn(text, url);
      return { ...found, isKnown: found.execution.state !== 'queued' };
    },
    find: async (id) => foundIn(await about(id, client.viewText(id)), url),
    async wait(id, signal) {
      for (;;) {
        const found = foundIn(await about(id, client.viewText(id, { wait: waitSeconds, signal })), url);
        if (found.response !== undefined) return found;
      }
    },
    list: (query) => explain(client.list(query), url),
    async count(since, tenant) {
      const { history: _, ...counts } = await explain(
        client.stats({ since: since.toISOString(), parts: 1, ...(tenant === undefined ? {} : { tenant }) }),
        url,
      );
      return counts;
    },
    async cancel(id) {
      await about(id, client.cancel(id));
      return foundIn(await about(id, client.viewText(id)), url);
    },
    async remove(id, options) {
      const { execution } = foundIn(await about(id, client.viewText(id)), url);
      if (execution.state !== 'finished') throw notFinished(execution, 'removed');
      await about(id, client.delete(execution.execution_id, options));
    },
    log: (id, options) => explainAll(client.logs(id, options), url, id),
    async tail(id, { lines, signal }) {
      return bodyOf(await about(id, client.logText(id, { tail: lines, signal })));
    },
    search: (id, { text, ...query }) => about(id, client.searchLogs(id, text, { ...query, limit: mostLogHits })),
    async files(id) {
      const { execution } = foundIn(await about(id, client.viewText(id)), url);
      if (execution.state !== 'finished') throw notFinished(execution, 'listed');
      return (await about(id, client.files(execution.execution_id))).files;
    },
    file: async (id, name, signal) => bodyOf(await explain(client.file(id, name, { signal }), url)),
    async zip(id, signal) {
      const response = await about(id, client.zip(id, { signal }));
      return { body: bodyOf(response), leftOut: Number(response.headers.get('x-files-left-out') ?? 0) };
    },
    async contents(id, signal) {
      const response = await about(id, client.contents(id, { signal }));
      return { body: bodyOf(response), size: Number(response.headers.get('content-length') ?? 0) };
    },
    events: ({ id, ...query }) =>
      explainAll(client.events({ ...query, ...(id === undefined ? {} : { executionId: id }) }), url, id),
    agents: () => explain(client.agents(), url),
    queue: () => explain(client.queue(), url),
    pause: async () => void (await explain(client.pause(), url)),
    resume: async () => void (await explain(client.resume(), url)),
    close: () => client.close(),
  };
}

function foundIn(view: string, url: string): Found {
  const { data: execution } = readJson(view, executionSummarySchema);
  if (execution === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `${url} does not respond as an agent does. Correct the URL of the agent.`,
    );
  const { data } = readExactJson(view, viewSchema);
  return { execution, view, ...(data?.response === undefined ? {} : { response: stringifyJson(data.response) }) };
}

function bodyOf({ body }: Response): Readable {
  return body === null ? Readable.from([]) : Readable.from(chunksOf(body), { objectMode: false });
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
