import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { codeRoot } from '../../support/files/code-root.ts';
import { renderPage } from '../docs-page/render-page.ts';
import type { HttpModule } from '../http-room.ts';

const description = new URL('../schema/openapi.json', codeRoot);

/** The description of this interface, for programs and for people. @param base the path that the agent is served below */
export function createDocsModule(base: string): HttpModule {
  let text: Promise<string> | undefined;
  let page: Promise<string> | undefined;
  const readDescription = () => (text ??= readFile(description, 'utf8').then((json) => withServer(json, base)));
  const readPage = () => (page ??= readDescription().then((json) => renderPage(JSON.parse(json))));

  return {
    home: '/docs',
    addRoutes(app) {
      app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
        reply.type('application/json').send(await readDescription()),
      );
      app.get('/docs', { schema: { hide: true, querystring: z.unknown() } }, async (_request, reply) =>
        reply
          .type('text/html; charset=utf-8')
          .header(
            'content-security-policy',
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          )
          .send(await readPage()),
      );
    },
  };
}

/** Programs that are made from the description send their requests there. */
function withServer(json: string, base: string): string {
  return base === '' ? json : JSON.stringify({ ...JSON.parse(json), servers: [{ url: base }] });
}
