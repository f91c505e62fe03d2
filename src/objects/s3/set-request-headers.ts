import type { S3Client } from '@aws-sdk/client-s3';

const headersOfCommands: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The SDK's own switch for this makes it check the body as well, which it cannot when a download is resumed.
  GetObjectCommand: { 'x-amz-checksum-mode': 'ENABLED' },
  // A CRC32 goes with the body, inside the signature; a SHA-256 of it would cost more time than the sending.
  PutObjectCommand: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  UploadPartCommand: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
};

/** Headers that no parameter of the SDK can set. */
export function setRequestHeaders(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        if (hasHeaders(args.request)) Object.assign(args.request.headers, headersOfCommands[commandName]);
        return next(args);
      },
    { step: 'build', name: 'setRequestHeaders' },
  );
}

function hasHeaders(request: unknown): request is { readonly headers: Record<string, string> } {
  return request instanceof Object && 'headers' in request && request.headers instanceof Object;
}
