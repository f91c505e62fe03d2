import { afterAll, beforeAll, describe } from 'vitest';
import { type AdmissionBench, openAdmissionBench } from './admission/open-admission-bench.ts';
import { presetCases } from './admission/preset.cases.ts';
import { scanCases } from './admission/scan.cases.ts';
import { secretCases } from './admission/secret.cases.ts';
import { tagCases } from './admission/tag.cases.ts';
import { describeWith } from './parts/require-part.ts';

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
