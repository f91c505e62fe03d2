import { errorCodeSchema } from '../../src/wire/response/error-code-schema.ts';
import { errorCodes } from '../../src/wire/response/error-codes.ts';
import { replaceBetweenMarkers } from './between-markers.ts';
import type { GeneratedFile } from './generated-file.ts';

/** docs/responses.md with a row for each error code. */
export function makeErrorTable(): Promise<GeneratedFile> {
  const rows = errorCodeSchema.options.map((code) => {
    const { fault, httpStatus, meaning } = errorCodes[code];
    return `| \`${code}\` | ${meaning} | ${fault === 'user' ? 'sender' : 'operator'} | ${httpStatus} |`;
  });
  const head = ['| code | meaning | who can fix it | HTTP status |', '|---|---|---|---|'];
  return replaceBetweenMarkers('docs/responses.md', 'error-codes', `\n${[...head, ...rows].join('\n')}\n`);
}
