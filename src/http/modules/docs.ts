import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { codeRoot } from '../../support/files/code-root.ts';
import { renderPage } from '../docs-page/render-page.ts';
import type { HttpModule } from '../http-room.ts';

const description = new URL('../schema/openapi.json', codeRoot);

/** The description of this interface, for programs and for people. */
export function createDocsModule(): HttpModule {
  let text: Promise<string> | undefined;
  let page: Promise<string> | undefined;
  const readDescription = () => (text ??= readFile(description, 'utf8'));
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
