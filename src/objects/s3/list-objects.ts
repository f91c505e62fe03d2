import type { ObjectInfo } from '../object-store.ts';
import type { S3Connection } from './connect-s3.ts';
import type { S3Object } from './s3-object.ts';

/** Every object whose name starts with the prefix, page by page. */
export async function* listObjects(
  s3: S3Connection,
  { bucket, name: prefix }: S3Object,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo, void> {
  const request = { bucket, name: prefix, action: 'list' } as const;
  const page = { Bucket: bucket, Prefix: prefix, MaxKeys: s3.limits.listPage };
  let after: string | undefined;
  do {
    const token = after === undefined ? {} : { ContinuationToken: after };
    const answer = await s3.ask(request, signal, () =>
      s3.client.send(new s3.sdk.ListObjectsV2Command({ ...page, ...token }), { abortSignal: signal }),
    );
    for (const { Key: name, Size: size = 0 } of answer.Contents ?? []) {
      // What consoles make in place of an empty folder is no object to anyone else.
      const isFolder = size === 0 && name?.endsWith('/') === true;
      if (name !== undefined && !isFolder) yield { name, size };
    }
    after = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
  } while (after !== undefined);
}
