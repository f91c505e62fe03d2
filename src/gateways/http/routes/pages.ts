import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { codeRoot } from '../../../support/files/code-root.ts';
import type { HttpApp } from '../http-app.ts';
import { renderPage } from '../page/render-page.ts';

const description = new URL('../schema/openapi.json', codeRoot);

/** The description of this interface, for programs and for people. */
export function addPageRoutes(app: HttpApp): void {
  let text: Promise<string> | undefined;
  let page: Promise<string> | undefined;
  const readDescription = () => (text ??= readFile(description, 'utf8'));
  const readPage = () => (page ??= readDescription().then((json) => renderPage(JSON.parse(json))));

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
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
}
