import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AiProvider } from '../../src/proxy/service-definition.ts';
import { becomesTrue } from '../parts/poll.ts';
import { createServers, openProxy, type Servers } from '../parts/proxied.ts';

let servers: Servers;

beforeEach(() => {
  servers = createServers();
});

afterEach(() => servers.close());

interface Asked {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: unknown;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** An OpenAI-compatible server in small. */
async function startModel(answer: (asked: Asked) => Answer) {
  const asked: Asked[] = [];
  const { url } = await servers.serve(async (incoming, response) => {
    const body = await text(incoming);
    const one = {
      path: incoming.url,
      key: incoming.headers.authorization,
      body: body === '' ? undefined : JSON.parse(body),
    };
    asked.push(one);
    const { status = 200, headers, body: given } = answer(one);
    response.writeHead(status, headers).end(given);
  });
  const provider: AiProvider = {
    url: `${url}/v1`,
    model: 'small',
    credentials: [{ header: 'Authorization', value: 'Bearer sk-secret' }],
  };
  return { asked, provider };
}

const completion = (content: string, total: number) =>
  JSON.stringify({
    model: 'small-2',
    choices: [{ message: { role: 'assistant', content } }],
    usage: { total_tokens: total },
  });

function openAi(providers: Readonly<Record<string, AiProvider>>) {
  return openProxy(servers, { services: [{ kind: 'ai', name: 'ai', providers }] });
}

const ask = (url: string, message: object) =>
  fetch(`${url}/ai/query`, { method: 'POST', body: JSON.stringify(message) });

describe('a message to the AI service', () => {
  it('becomes a completion of an OpenAI-compatible endpoint, and its answer the abstractor’s', async () => {
    const { asked, provider } = await startModel(() => ({ body: completion('{"a":1}', 42) }));
    const { url, session } = await openAi({ openai: provider }).open();
    const answer = await ask(url, {
      provider: 'openai',
      prompt: 'Analyze this',
      system_message: 'Be brief',
      context: ['a fact', { role: 'assistant', content: 'said before' }, { nodes: 2 }],
      response_format: 'json',
      max_tokens: 100,
      temperature: 0.5,
    });
    expect(await answer.json()).toEqual({ content: '{"a":1}', model: 'small-2', tokens_used: 42, provider: 'openai' });
    expect(asked).toEqual([
      {
        path: '/v1/chat/completions',
        key: 'Bearer sk-secret',
        body: {
          model: 'small',
          messages: [
            { role: 'system', content: 'Be brief' },
            { role: 'user', content: 'a fact' },
            { role: 'assistant', content: 'said before' },
            { role: 'user', content: '{"nodes":2}' },
            { role: 'user', content: 'Analyze this' },
          ],
          response_format: { type: 'json_object' },
          max_tokens: 100,
          temperature: 0.5,
        },
      },
    ]);
    expect(session.spending()).toMatchObject({ ai: { calls: 1, tokens: 42 } });
  });

  it('goes to the provider it names, and to the first one else', async () => {
    const [one, other] = await Promise.all([
      startModel(() => ({ body: completion('one', 1) })),
      startModel(() => ({ body: completion('other', 1) })),
    ]);
    const { url } = await openAi({ one: one.provider, other: other.provider }).open();
    expect(await (await ask(url, { prompt: 'x' })).json()).toMatchObject({ content: 'one', provider: 'one' });
    expect(await (await ask(url, { prompt: 'x', provider: 'other' })).json()).toMatchObject({ content: 'other' });
    const unknown = await ask(url, { prompt: 'x', provider: 'third' });
    expect([unknown.status, await unknown.json()]).toMatchObject([
      400,
      { error: 'The message to the AI service cannot be used: "provider" is "third"; there is one, other.' },
    ]);
    const direct = await fetch(`${url}/ai/other/v1/models`);
    expect(direct.status).toBe(200);
    expect(other.asked.at(-1)?.path).toBe('/v1/models');
  });

  it('is refused with a sentence when it is no such message', async () => {
    const { provider } = await startModel(() => ({ body: '' }));
    const { url } = await openAi({ openai: provider }).open();
    const missing = await ask(url, { provider: 'openai' });
    expect([missing.status, await missing.json()]).toMatchObject([400, { error: expect.stringContaining('"prompt"') }]);
    expect((await ask(url, { prompt: 'x', max_tokens: -1 })).status).toBe(400);
    expect((await fetch(`${url}/ai/query`, { method: 'POST', body: 'prompt=x' })).status).toBe(400);
    expect((await fetch(`${url}/ai/query`)).status).toBe(405);
  });

  it.each([
    [401, { error: { message: 'Incorrect API key: sk-secret' } }, 502, 'UPSTREAM_AUTH', /refused the agent's key/],
    [
      404,
      { error: { message: 'No model "small" for Bearer sk-secret' } },
      400,
      'UPSTREAM_REFUSED',
      /No model "small" for \*\*\*/,
    ],
    [429, { error: { message: 'Slow down' } }, 429, 'UPSTREAM_LIMITED', /takes no more calls now: Slow down\./],
    [500, '<html>', 502, 'UPSTREAM_FAILED', /failed \(500\)\./],
    [200, { choices: [] }, 502, 'UPSTREAM_INVALID', /not with a completion/],
  ])('tells a failure of %d apart, and never the key', async (given, body, status, code, sentence) => {
    const { provider } = await startModel(() => ({
      status: given,
      body: JSON.stringify(body),
      headers: { 'retry-after': '7' },
    }));
    const { url, session } = await openAi({ openai: provider }).open();
    const answer = await ask(url, { prompt: 'x' });
    const told = await answer.text();
    expect([answer.status, JSON.parse(told)]).toEqual([status, { code, error: expect.stringMatching(sentence) }]);
    expect(told).not.toContain('sk-secret');
    if (given === 429) expect(answer.headers.get('retry-after')).toBe('7');
    expect(session.spending()).toMatchObject({ ai: { calls: 1, tokens: 0 } });
  });
});

describe('numbers of a message to the AI service', () => {
  it('keep their digits in context, response_format and temperature', async () => {
    const bodies: string[] = [];
    const { url: model } = await servers.serve(async (incoming, response) => {
      bodies.push(await text(incoming));
      response.end(completion('ok', 1));
    });
    const { url } = await openAi({ openai: { url: `${model}/v1`, model: 'small' } }).open();
    const big = '12345678901234567890';
    const temperature = '0.1234567890123456789';
    const body = `{"prompt":"x","context":[{"id":${big}},{"role":"user","content":{"id":${big}}}],"temperature":${temperature},"response_format":{"type":"json_schema","n":${big}}}`;
    const answer = await fetch(`${url}/ai/query`, { method: 'POST', body });
    expect([answer.status, bodies.length]).toEqual([200, 1]);
    expect(bodies[0]?.split(big)).toHaveLength(4);
    expect(bodies[0]).toContain(`"temperature":${temperature}`);
    expect(bodies[0]).not.toContain('isLosslessNumber');
  });
});

describe('the endpoint behind the AI service', () => {
  it('is called as it is, with the key put in and the tokens counted', async () => {
    const { asked, provider } = await startModel(() => ({ body: completion('hi', 7) }));
    const { url, session } = await openAi({ openai: provider }).open();
    const answer = await fetch(`${url}/ai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-none', 'content-type': 'application/json' },
      body: '{"model":"m","messages":[]}',
    });
    expect(await answer.text()).toBe(completion('hi', 7));
    expect(asked).toEqual([
      { path: '/v1/chat/completions', key: 'Bearer sk-secret', body: { model: 'm', messages: [] } },
    ]);
    expect(session.spending()).toMatchObject({ ai: { calls: 1, tokens: 7 } });
  });

  const stream = (events: readonly object[]) => ({
    headers: { 'content-type': 'text/event-stream' },
    body: [...events.map((event) => JSON.stringify(event)), '[DONE]'].map((data) => `data: ${data}\n\n`).join(''),
  });

  it('is asked to tell the tokens of a stream when they are budgeted, and stops at the budget', async () => {
    const { asked, provider } = await startModel(() =>
      stream([
        { choices: [{ delta: { content: '"total_tokens": 999' } }] },
        { choices: [], usage: { total_tokens: 30 } },
      ]),
    );
    const { url, session } = await openAi({ openai: provider }).open({ budgets: { ai: { tokens: 50 } } });
    const call = () =>
      fetch(`${url}/ai/v1/chat/completions`, {
        method: 'POST',
        body: '{"stream":true,"messages":[],"seed":12345678901234567890}',
      });
    // At once: the second finds out only after the first whether there are tokens left.
    const [first, second] = await Promise.all([call(), call()]);
    expect([(await first.text()).length > 0, (await second.text()).length > 0]).toEqual([true, true]);
    expect(asked.map(({ body }) => body)).toMatchObject([{ stream_options: { include_usage: true } }, {}]);
    expect(session.spending()).toMatchObject({ ai: { calls: 2, tokens: 60 } });
    const third = await call();
    expect([third.status, await third.json()]).toMatchObject([
      429,
      { code: 'BUDGET_EXCEEDED', budget: { tokens: 50 }, spent: { calls: 2, tokens: 60 } },
    ]);
  });

  it('is not believed to be free when it does not tell', async () => {
    const events = Array.from({ length: 10 }, () => ({ choices: [{ delta: { content: 'word' } }] }));
    const { provider } = await startModel(() => stream(events));
    const { url, session } = await openAi({ openai: provider }).open({ budgets: { ai: { tokens: 5 } } });
    const answer = await fetch(`${url}/ai/v1/chat/completions`, { method: 'POST', body: '{"stream":true}' });
    await answer.text();
    expect(session.spending()).toMatchObject({ ai: { tokens: 11 } });
    expect((await ask(url, { prompt: 'x' })).status).toBe(429);
  });

  it('a stream that is cut before its usage: is charged what it asked for', async () => {
    const { url: model } = await servers.serve((incoming, response) => {
      incoming.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"choices":[]}\n\n');
    });
    const budgets = { ai: { tokens: 1000 } };
    const { url, session } = await openAi({ openai: { url: `${model}/v1` } }).open({ budgets });
    const body = '{"stream":true,"max_tokens":400}';
    const cut = async () => {
      const left = new AbortController();
      const answer = await fetch(`${url}/ai/v1/chat/completions`, { method: 'POST', body, signal: left.signal });
      if (answer.status === 200) await answer.body?.getReader().read();
      left.abort();
      return answer.status;
    };
    const statuses: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      statuses.push(await cut());
      await becomesTrue(() => session.spending().ai?.tokens !== 400 * call, 1000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(session.spending().ai?.tokens).toBeGreaterThan(1200);
  });

  it('cannot be sent what is compressed, whose tokens nobody could ask for', async () => {
    const { provider } = await startModel(() => ({ body: completion('x', 1) }));
    const { url } = await openAi({ openai: provider }).open({ budgets: { ai: { tokens: 5 } } });
    const answer = await fetch(`${url}/ai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect([answer.status, await answer.json()]).toMatchObject([415, { code: 'UNSUPPORTED_ENCODING' }]);
  });
});
