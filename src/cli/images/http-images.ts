import { createHttpClient, type PullProgress } from '../../client/browser.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Context } from '../contexts/contexts.ts';
import { connectAttempts, explain } from '../control/explain-http.ts';
import type { ImageControl } from './image-control.ts';

/** The images of the agent that responds at a URL. */
export function createHttpImages({ url, token }: Context): ImageControl {
  const client = createHttpClient({ url, connectAttempts, ...(token === undefined ? {} : { token }) });
  return {
    owner: `The agent at ${url}`,
    list: () => explain(client.images(), url),
    pull(reference, { from, signal, onProgress }) {
      if (from !== undefined)
        throw new ExecError(
          'INVALID_REQUEST',
          '--from: an agent at another address loads no archives of this host. Push the image to a registry, or run the command on the host of the agent with --context local.',
        );
      const report = ({
        reference: name,
        received_bytes: receivedBytes,
        total_bytes: totalBytes,
        status,
      }: PullProgress) =>
        onProgress({ reference: name, receivedBytes, status, ...(totalBytes === undefined ? {} : { totalBytes }) });
      return explain(client.pullImage(reference, { signal, onProgress: report }), url);
    },
    prune: (keep) => explain(client.pruneImages({ keep }), url),
    remove: (reference) => explain(client.removeImage(reference), url),
    close: () => client.close(),
  };
}
