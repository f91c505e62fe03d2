import { fitsBytes, maxArgumentBytes } from '../../../wire/request/request-limits.ts';
import { invalidField } from '../request/invalid-request.ts';

/**
 * A variable is one text for the kernel, name and value together.
 * @throws ExecError INVALID_REQUEST naming the variable
 */
export function refuseLongEnvironment(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env))
    if (!fitsBytes(`${name}=${value}`, maxArgumentBytes))
      throw invalidField(
        `environment.${name}`,
        value,
        `is too long: Linux accepts at most ${maxArgumentBytes} bytes for a variable, name and value together. Pass large data in a file (input.files).`,
      );
}
