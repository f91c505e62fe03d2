import { join } from 'node:path';
import type { openParts } from '../../src/agent/runtime/open-parts.ts';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import { createScriptedRuntime, type Script } from './scripted-runtime.ts';

/** For an agent whose containers only play a script. */
export function scriptedParts(script: Script = {}): typeof openParts {
  return async ({ dataDir, bucket }) => ({
    choice: { runtime: createScriptedRuntime(script), reason: 'it is a script', candidates: [] },
    store: createDirectoryStore({ root: join(dataDir, 'objects'), defaultBucket: bucket }),
  });
}
