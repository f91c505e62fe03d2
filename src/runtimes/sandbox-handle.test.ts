import { expect, test } from 'vitest';
import { sandboxHandleSchema as dockerSchema } from './docker/sandbox-handle.ts';
import { sandboxHandleSchema as ociSchema } from './oci/sandbox-handle.ts';
import { readHandle } from './sandbox-handle.ts';

test('readHandle: a handle of another driver is refused with the name of the driver', () => {
  const handle = { runtime: 'other' };
  expect(() => readHandle(dockerSchema, handle, 'Docker')).toThrow('was not made by the Docker driver');
  expect(() => readHandle(ociSchema, handle, 'OCI')).toThrow('was not made by the OCI driver');
});
