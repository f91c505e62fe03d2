import { messageOf } from '../../src/support/exec-error.ts';

export interface Measurement {
  readonly name: string;
  /** Figures by name. */
  readonly measure: () => Promise<object>;
}

export interface Measured {
  /** Names of those that were made, in order. */
  readonly measured: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
  /** Why each other one could not be made, by name. */
  readonly notMeasured: Readonly<Record<string, string>>;
}

/** Makes the measurements one after the other; one that fails does not keep the others back. */
export async function measureAll(
  measurements: readonly Measurement[],
  tell: (line: string) => void,
): Promise<Measured> {
  const measured: string[] = [];
  const figures: Record<string, unknown> = {};
  const notMeasured: Record<string, string> = {};
  for (const { name, measure } of measurements) {
    tell(`Measuring ${name} …`);
    try {
      Object.assign(figures, await measure());
      measured.push(name);
    } catch (error) {
      notMeasured[name] = messageOf(error);
      tell(`${name} could not be measured: ${messageOf(error)}`);
    }
  }
  return { measured, figures, notMeasured };
}
