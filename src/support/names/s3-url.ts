// A key may hold anything, also what would be the query of another URL.
const s3Url = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/is;

/** `s3://bucket/name` → both; undefined for anything else. */
export function parseS3Url(url: string): { readonly bucket: string; readonly name: string } | undefined {
  const [, bucket, name] = s3Url.exec(url) ?? [];
  return bucket === undefined || name === undefined ? undefined : { bucket, name };
}
