import { judgeStored } from '../../../admission/judge/judge-stored.ts';
import { scanRow } from '../../../admission/scan/scan-row.ts';
import type { StoredImage } from '../../../runtimes/runtime.ts';
import { listedImage } from '../../../runtimes/stored-images.ts';
import type { ImageList } from '../../../wire/http/images.ts';
import { describe } from '../../../wire/sentence.ts';
import { partNames } from '../../message/part-names.ts';
import type { HttpOptions } from '../http-options.ts';

type Listed = ImageList['images'][number];

/** Images with what scanners found in them and what the policy, as it is now, says of their names. */
export function describeImages(
  images: readonly StoredImage[],
  tenant: string,
  { scans, policy, clock }: Pick<HttpOptions, 'scans' | 'policy' | 'clock'>,
): Promise<Listed[]> {
  const rules = { policy: policy(), tenant, now: clock.now() };
  return Promise.all(
    images.map(async (image) => {
      const scan = await scans.find(image.digest);
      const refused = judgeStored({ ...image, scan }, rules).map(({ reference, says }) => ({
        reference,
        says: describe(says, partNames),
      }));
      return { ...listedImage(image), ...(scan === undefined ? {} : { scan: scanRow(scan) }), refused };
    }),
  );
}
