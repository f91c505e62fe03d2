import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { uploadedInputSchema } from '../../../wire/http/files.ts';
import { storeUpload } from '../files/store-upload.ts';
import type { HttpOptions } from '../http-options.ts';

export function addInputRoutes(app: HttpApp, options: HttpOptions): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    // Every content type is stored as it comes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    scope.route({
      method: 'PUT',
      url: '/v1/inputs/*',
      config: { scope: 'submit', action: 'upload' },
      schema: {
        tags: ['inputs'],
        operationId: 'uploadInput',
        summary: 'Upload an input',
        description:
          'Stores the body in the object store. The response says how requests of this tenant name it. An input of the same name is replaced.',
        params: z.object({ '*': z.string().min(1).max(512).describe('A name, with `/` between its parts.') }),
        consumes: ['application/octet-stream'],
        body: z.unknown().describe('The content, of any type.'),
        response: { 201: answer('Stored.', uploadedInputSchema), ...problems(413) },
      },
      handler: async (request, reply) => {
        const uploaded = await storeUpload(request.params['*'], request, options);
        return reply.code(201).type('application/json').send(JSON.stringify(uploaded));
      },
    });
  });
}
