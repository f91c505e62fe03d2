import { afterAll, beforeAll, describe, inject } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { type S3Server, startS3 } from '../parts/stores/s3.ts';
import { type OpenTaskScene, openTaskScene } from './open-task-scene.ts';
import { taskCases } from './task.cases.ts';

describeWith(['redis', 'docker', 'oci', 's3'], 'TES with an S3 store', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3(inject('s3Program'));
  });
  afterAll(() => server?.stop());

  describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    let scene: OpenTaskScene;
    beforeAll(async () => {
      scene = await openTaskScene(server, { runtime });
    });
    afterAll(() => scene?.close());

    taskCases(() => scene);
  });
});
