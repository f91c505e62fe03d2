import { afterAll, beforeAll, describe } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { type AdmissionBench, openAdmissionBench } from './open-admission-bench.ts';
import { presetCases } from './preset.cases.ts';
import { scanCases } from './scan.cases.ts';
import { secretCases } from './secret.cases.ts';
import { tagCases } from './tag.cases.ts';

describeWith(['redis', 'docker', 'oci', 'registry'], 'admission', () => {
  describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    let bench: AdmissionBench;
    beforeAll(async () => {
      bench = await openAdmissionBench(runtime);
    });
    afterAll(() => bench.close());

    for (const cases of [presetCases, scanCases, secretCases, tagCases]) cases(() => bench);
  });
});
