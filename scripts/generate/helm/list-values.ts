import { z } from 'zod';
import { chartValues } from './chart-values.ts';

export interface ChartValue {
  /** `pods.namespace` */
  readonly path: string;
  readonly default: unknown;
  readonly description: string;
}

/** Every value of the chart, in the order of its schema. */
export function listValues(): readonly ChartValue[] {
  return flatten(chartValues.shape, chartValues.parse({}), '');
}

const group = z.record(z.string(), z.unknown());

function flatten(shape: z.core.$ZodShape, defaults: unknown, prefix: string): readonly ChartValue[] {
  const values = group.parse(defaults);
  return Object.entries(shape).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const value = values[name];
    if (schema instanceof z.ZodPrefault && schema.def.innerType instanceof z.ZodObject)
      return flatten(schema.def.innerType.shape, value, `${path}.`);
    return [{ path, default: value, description: z.globalRegistry.get(schema)?.description ?? '' }];
  });
}
