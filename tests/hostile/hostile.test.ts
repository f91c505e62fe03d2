import { afterAll, beforeAll, describe } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { entryCases } from './entry.cases.ts';
import { linkCases } from './link.cases.ts';
import { memoryCases } from './memory.cases.ts';
import { nameCases } from './name.cases.ts';
import { type HostileBench, openHostileBench, variants } from './open-hostile-bench.ts';
import { contentCases, layerCases, sizeCases } from './size.cases.ts';

describeWith(['redis', 'docker', 'oci'], 'a hostile container', () => {
  describe.each(variants)('on $title', (variant) => {
    let bench: HostileBench;
    beforeAll(async () => {
      bench = await openHostileBench(variant);
    });
    afterAll(() => bench.close());

    for (const cases of [linkCases, entryCases, sizeCases]) cases(() => bench);
    if (variant.runtime === 'docker') layerCases(() => bench);
    // How data travels is no matter to what is read in the end, to a log and to names; nor is the engine to most of these.
    if (variant.inPlace) contentCases(() => bench);
    if (variant.inPlace) nameCases(() => bench, variant.runtime);
  });

  describe.each(variants)('that floods an agent on $title', (variant) => memoryCases(variant));
});
