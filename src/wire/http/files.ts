import { z } from 'zod';

const fileEntrySchema = z
  .object({
    name: z.string().describe('Relative to the output directory.'),
    size: z.number().int().nonnegative(),
    content_type: z.string(),
    sha256: z.string().optional(),
    stored: z
      .boolean()
      .describe('Whether the content can be read. Large contents are kept only with `output.minio_upload`.'),
  })
  .describe('An output file of an execution.');

export const fileListSchema = z.object({ files: z.array(fileEntrySchema) });

export const uploadedInputSchema = z
  .object({
    object_name: z.string().describe('For `input.minio_objects[].object_name`.'),
    bucket: z.string(),
    url: z.string().describe('For `input.objects[].url`.'),
    size: z.number().int().nonnegative(),
    sha256: z.string(),
  })
  .describe('An input in the object store.');

export type FileList = z.infer<typeof fileListSchema>;
export type UploadedInput = z.infer<typeof uploadedInputSchema>;
