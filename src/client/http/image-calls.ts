import { isImageList, readBody } from '../read-values.ts';
import type { CallAgent } from './http-caller.ts';
import type { HttpClient } from './http-client.ts';
import { encodePath } from './paths.ts';
import { pullImage } from './pull-image.ts';

/** What a client asks of the images of the agent that responds. */
export function imageCalls(call: CallAgent): Pick<HttpClient, 'images' | 'pullImage' | 'pruneImages' | 'removeImage'> {
  return {
    images: async ({ signal } = {}) => (await readBody(await call('/v1/images', { signal }), isImageList)).images,
    pullImage: (reference, pullOptions = {}) => pullImage(reference, pullOptions, call),
    async pruneImages({ keep, signal } = {}) {
      const body = JSON.stringify(keep === undefined ? {} : { keep });
      return (
        await readBody(
          await call('/v1/images/prune', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
            signal,
          }),
          isImageList,
        )
      ).images;
    },
    async removeImage(reference, { signal } = {}) {
      const response = await call(`/v1/images/${encodePath(reference)}`, { method: 'DELETE', signal });
      const [image] = (await readBody(response, isImageList)).images;
      return image ?? { references: [], digest: '', size_bytes: 0 };
    },
  };
}
