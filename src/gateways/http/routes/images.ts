import { z } from 'zod';
import { sendEvents } from '../../../http/bodies/sse.ts';
import type { HttpRoom } from '../../../http/http-room.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import {
  listedImage,
  listStoredImages,
  pruneStoredImages,
  removeStoredImage,
} from '../../../runtimes/stored-images.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { parseBytes } from '../../../support/text/bytes.ts';
import {
  imageListSchema,
  imagePruneSchema,
  imagePullSchema,
  pulledImageSchema,
  pullProgressSchema,
} from '../../../wire/http/images.ts';
import type { HttpOptions } from '../http-options.ts';
import { describeImages } from '../images/describe-images.ts';
import { pullEvents } from '../live/pull-events.ts';

const tags = ['operation'];
const json = 'application/json';
const eventStream = 'text/event-stream';

/** The images of the agent that responds. */
export function addImageRoutes(app: HttpApp, options: HttpOptions, { streams, limits }: HttpRoom): void {
  app.route({
    method: 'GET',
    url: '/v1/images',
    config: { scope: 'operate' },
    schema: {
      tags,
      operationId: 'listImages',
      summary: 'List the images of this agent',
      description: 'With what scanners found in them, and what the policy says of their names for the tenant.',
      response: { 200: answer('The images, in no particular order.', imageListSchema), ...problems() },
    },
    handler: async ({ caller }, reply) => {
      const images = await listStoredImages(options.images);
      return reply.type(json).send(JSON.stringify({ images: await describeImages(images, caller.tenant, options) }));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/images',
    config: { scope: 'operate', action: 'pull image' },
    schema: {
      tags,
      operationId: 'pullImage',
      summary: 'Pull an image',
      description:
        'Responds once the image is pulled. With `accept: text/event-stream` as events `progress`, then `pulled` or `error` (a problem); use them for pulls that take minutes. The pull ends when the client leaves.',
      body: imagePullSchema,
      response: {
        200: {
          description: 'The image is pulled.',
          content: {
            ...answer('', pulledImageSchema).content,
            ...answer('', z.union([pullProgressSchema, pulledImageSchema]), eventStream).content,
          },
        },
        ...problems(404, 415, 502),
      },
    },
    handler: async (request, reply) => {
      const { image } = bodyOf(request.body, imagePullSchema);
      const { signal } = streams.open(request, reply);
      if (request.headers.accept?.includes(eventStream) === true)
        return sendEvents(reply, pullEvents(image, options.images, signal), limits);
      const { digest } = await options.images.ensure(image, { pull: 'always', signal });
      return reply.type(json).send(JSON.stringify({ reference: image, digest }));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/images/prune',
    config: { scope: 'operate', action: 'prune images' },
    schema: {
      tags,
      operationId: 'pruneImages',
      summary: 'Remove unused images, least recently used first',
      body: imagePruneSchema,
      response: { 200: answer('The removed images.', imageListSchema), ...problems(415) },
    },
    handler: async (request, reply) => {
      const { keep = '0' } = bodyOf(request.body, imagePruneSchema);
      const keepBytes = parseBytes(keep);
      if (keepBytes === undefined)
        throw new HttpProblem(400, `keep: ${JSON.stringify(keep)} is not a size. Write it as 500m or 5g.`);
      const removed = await pruneStoredImages(options.images, { keepBytes });
      return reply.type(json).send(JSON.stringify({ images: removed.map(listedImage) }));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/images/*',
    config: { scope: 'operate', action: 'remove image' },
    schema: {
      tags,
      operationId: 'removeImage',
      summary: 'Remove an image, or one of its names',
      description: 'The image itself is removed with its last name. A digest (`sha256:…`) removes all names.',
      params: z.object({ '*': z.string().min(1).max(512).describe('Reference or digest, as `listImages` has it.') }),
      response: {
        200: answer('The removed names, and the freed bytes: 0 while the image has other names.', imageListSchema),
        ...problems(404, 409),
      },
    },
    handler: async (request, reply) => {
      const name = request.params['*'];
      const removed = await removeStoredImage(options.images, name);
      if (removed === 'missing') throw new HttpProblem(404, `There is no image ${name}.`);
      if (removed === 'in use') throw new HttpProblem(409, `A container uses the image ${name}. Remove it later.`);
      return reply.type(json).send(JSON.stringify({ images: [listedImage(removed)] }));
    },
  });
}

/** @throws HttpProblem 400 for a body that does not match */
function bodyOf<T>(body: unknown, schema: z.ZodType<T>): T {
  const { data, problem } = readJson(typeof body === 'string' ? body : '', schema);
  if (problem !== undefined) throw new HttpProblem(400, `The body: ${problem}.`);
  return data;
}
