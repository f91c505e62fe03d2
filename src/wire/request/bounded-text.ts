import { z } from 'zod';
import { fitsBytes, maxArgumentBytes } from './request-limits.ts';

/** The kernel ends a text at the first NUL, so what follows would be lost. */
export const noNul = /^[^\0]*$/;
export const noNulHint = 'text without a NUL character (\\0)';

/** @param max bytes of UTF-8; the schema shows it as characters, which are never more */
export const boundedText = (max: number) =>
  z
    .string()
    .max(max)
    .refine(
      (value) => value.length > max || fitsBytes(value, max),
      `It has more than ${max} bytes of UTF-8. Shorten it`,
    );

/** @param max bytes of UTF-8 */
export const textWithoutNul = (max: number) => boundedText(max).regex(noNul, noNulHint);

/**
 * One argument of a program.
 * @param elsewhere where large data goes instead, as the end of a sentence
 */
export const argumentText = (elsewhere: string) =>
  z
    .string()
    .regex(noNul, noNulHint)
    .refine(
      (value) => fitsBytes(value, maxArgumentBytes),
      `at most ${maxArgumentBytes} bytes: Linux accepts no more for one argument. Pass large data in ${elsewhere}`,
    )
    .meta({ maxLength: maxArgumentBytes });
