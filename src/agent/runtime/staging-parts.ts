import { createUrlOpener, type OpenUrl } from '../../inputs/urls/open-url.ts';
import { createUrlSender, type SendToUrl } from '../../outputs/upload/put-to-url.ts';
import { lookupHost } from '../../support/net/lookup-host.ts';
import type { StagingLimits } from '../../wire/pod/keeper.ts';
import type { Config } from '../config/config-schema.ts';
import { outputDepth, uploadLimits, urlLimits } from '../config/derive-limits.ts';

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
  return createUrlSender({
    allowedHosts: config.uploadHosts ?? [],
    allowedDirectories: config.outputDirectories ?? [],
    lookup: lookupHost,
    idleMs,
  });
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
