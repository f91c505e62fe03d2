import { ExecError } from '../../../support/exec-error.ts';

/**
 * `container.placement` of a request, from `--placement KEY=VALUE`; undefined when none is given.
 * @throws ExecError INVALID_REQUEST for one without a key or a value
 */
export function placementOf(given: readonly string[] | undefined): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const [key = '', ...rest] = text.split('=');
      const value = rest.join('=');
      if (key === '' || value === '')
        throw new ExecError('INVALID_REQUEST', `--placement: "${text}" is not a label. Write it as key=value.`);
      return [key, value];
    }),
  );
}
