import { z } from 'zod';
import { errorCodeNames } from './error-codes.ts';

export const errorCodeSchema = z.enum(errorCodeNames).describe('Why the execution failed.');
