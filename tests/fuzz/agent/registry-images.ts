import { defaultDockerLimits } from '../../../src/runtimes/docker/docker-options.ts';
import { connectEngine } from '../../../src/runtimes/docker/engine/connect-engine.ts';
import { createEngineClient } from '../../../src/runtimes/docker/engine/engine-client.ts';
import { openImageStore as openDockerImages } from '../../../src/runtimes/docker/images/image-store.ts';
import { openImageStore as openClusterImages } from '../../../src/runtimes/kubernetes/images/image-store.ts';
import type { ImageStore } from '../../../src/runtimes/runtime.ts';
import { systemClock } from '../../../src/support/time/clock.ts';
import { registryAccess } from '../../parts/images/registry-access.ts';

const fromRegistry = /^(?<address>127\.0\.0\.1:\d+)\/(?<repository>\w+)/;

/**
 * Images of a registry on loopback are read as on a cluster, and those of its repository `engine` as from a Docker Engine at the
 * same address; every other image exists.
 */
export const registryImages: ImageStore = {
  async ensure(reference, options) {
    const { address, repository } = fromRegistry.exec(reference)?.groups ?? {};
    if (address === undefined) return { reference, digest: `sha256:${'0'.repeat(64)}` };
    const registries = registryAccess({ settings: { [address]: { insecure: true } } });
    if (repository !== 'engine')
      return openClusterImages({ registries, clock: systemClock, arch: 'amd64' }).ensure(reference, options);
    const limits = defaultDockerLimits;
    const engine = connectEngine(createEngineClient({ host: `tcp://${address}`, tls: undefined, limits }));
    const none = { isOwn: () => false, discardWarm: async () => undefined, searchPath: '' };
    const store = { engine, registries, limits, clock: systemClock, ...none };
    try {
      return await openDockerImages(store).ensure(reference, options);
    } finally {
      engine.close();
    }
  },
  list: async () => [],
  prune: async () => [],
};
