import { createUrlOpener, type OpenUrl } from '../../inputs/urls/open-url.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { createUrlSender, type SendToUrl } from '../../outputs/upload/put-to-url.ts';
import type { Sources } from '../../runtimes/runtime.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { StagingLimits } from '../../wire/keeper.ts';
import type { Config } from '../config/config-schema.ts';
import { outputDepth, uploadLimits, urlLimits } from '../config/derive-limits.ts';
import { lookupHost } from '../open/lookup-host.ts';

// Objects that one execution moves at the same time.
const transfersAtOnce = 4;

/** Opens inputs by URL, as the settings allow. */
export function urlOpenerOf(config: Config): OpenUrl {
  return createUrlOpener({
    allowedHosts: config.inputHosts ?? [],
    allowedDirectories: config.inputDirectories ?? [],
    lookup: lookupHost,
    limits: urlLimits,
  });
}

/** Sends outputs to URLs, as the settings allow. */
export function urlSenderOf(config: Config): SendToUrl {
  const { idleMs } = uploadLimits;
  return createUrlSender({ allowedHosts: config.uploadHosts ?? [], lookup: lookupHost, idleMs });
}

export function stagingLimitsOf(config: Config): StagingLimits {
  return {
    inputBytes: config.inputBytes,
    inputFiles: config.inputFiles,
    concurrency: transfersAtOnce,
    fileContentBytes: config.fileContentBytes,
    messageBytes: config.messageBytes,
    outputBytes: config.outputBytes,
    outputFiles: config.outputFiles,
    outputDepth,
    graphBytes: config.messageBytes,
    presignSeconds: config.presignSeconds,
  };
}

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
