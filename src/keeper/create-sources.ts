import type { OpenUrl } from '../inputs/urls/open-url.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { SendToUrl } from '../outputs/upload/put-to-url.ts';
import type { Sources } from '../runtimes/runtime.ts';
import { ExecError } from '../support/exec-error.ts';
import type { StagingLimits } from '../wire/pod/keeper.ts';

export interface SourceParts {
  readonly store: ObjectStore;
  readonly openUrl: OpenUrl;
  readonly sendToUrl: SendToUrl;
  readonly limits: StagingLimits;
}

/** What the agent opens and writes for a program that runs beside the data. */
export function createSources({ store, openUrl, sendToUrl, limits }: SourceParts): Sources {
  const { presign, defaultBucket } = store;
  return {
    open: (source, signal) =>
      source.kind === 'object' ? store.get(source, signal) : openUrl(new URL(source.url), signal),
    list: (prefix, signal) => store.list(prefix, signal),
    async put(target, { size, body }, signal) {
      if (target.kind === 'object') return (await store.put(target, body, signal)).size;
      if (size === undefined) throw new ExecError('INTERNAL', 'A file is sent to a URL only with its size.');
      await sendToUrl(body, size, new URL(target.url), signal);
      return size;
    },
    ...(presign === undefined ? {} : { presign: (object) => presign(object, limits.presignSeconds) }),
    defaultBucket,
    limits,
  };
}
