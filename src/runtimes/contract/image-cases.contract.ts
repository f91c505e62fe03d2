import { expect } from 'vitest';
import { type Check, failureOf, never } from './bench.contract.ts';

// Reserved by RFC 2606: no registry can ever answer there.
const unknownImage = 'registry.invalid/nobody/no-such-image:1';

export function imageCases(check: Check): void {
  check('an image that is here has a digest, always the same', async (bench) => {
    const { images } = bench.runtime;
    const first = await images.ensure(bench.images.shell, { pull: 'missing', signal: never });
    expect(first.reference).toBe(bench.images.shell);
    expect(first.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await images.ensure(bench.images.shell, { pull: 'never', signal: never })).toEqual(first);
  });

  check('an image that is here is listed', async (bench) => {
    const { digest } = await bench.runtime.images.ensure(bench.images.shell, { pull: 'never', signal: never });
    const found = (await bench.runtime.images.list?.())?.find((image) => image.references.includes(bench.images.shell));
    expect(found).toMatchObject({ digest });
    expect(found?.sizeBytes).toBeGreaterThan(100_000);
  });

  check('an unknown image that may not be pulled is IMAGE_NOT_FOUND and named', async (bench) => {
    const failure = await failureOf(bench.runtime.images.ensure(unknownImage, { pull: 'never', signal: never }));
    expect(failure.code).toBe('IMAGE_NOT_FOUND');
    expect(failure.message).toContain(unknownImage);
  });

  check('an unknown image that cannot be pulled says so and names it', async (bench) => {
    const failure = await failureOf(bench.runtime.images.ensure(unknownImage, { pull: 'missing', signal: never }));
    expect(['IMAGE_NOT_FOUND', 'IMAGE_PULL_FAILED']).toContain(failure.code);
    expect(failure.message).toContain(unknownImage);
  });

  check('a name that is no image reference is refused with the name', async (bench) => {
    const failure = await failureOf(bench.runtime.images.ensure('Not An Image', { pull: 'missing', signal: never }));
    expect(['INVALID_REQUEST', 'IMAGE_NOT_FOUND']).toContain(failure.code);
    expect(failure.message).toContain('Not An Image');
  });

  check('an aborted ensure rejects with the reason', async (bench) => {
    const reason = new Error('enough');
    const options = { pull: 'missing', signal: AbortSignal.abort(reason) } as const;
    await expect(bench.runtime.images.ensure(unknownImage, options)).rejects.toBe(reason);
  });
}
