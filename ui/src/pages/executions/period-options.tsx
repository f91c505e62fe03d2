import { periods } from './list-filter.ts';

/** The periods that a list or a chart can cover, as options of a `select`. */
export function PeriodOptions() {
  return (
    <>
      {periods.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </>
  );
}
