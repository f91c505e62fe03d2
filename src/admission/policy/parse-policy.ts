import { parseYaml } from '../../support/json/parse-yaml.ts';
import { type PolicyDocument, policyDocumentSchema } from './policy-schema.ts';

/**
 * The text of a policy file as a document.
 * @param name of the file, for messages
 * @throws ExecError INVALID_REQUEST naming line, field and what is expected, for each mistake
 */
export function parsePolicy(text: string, name: string): PolicyDocument {
  return parseYaml(text, { name, kind: 'policy', schema: policyDocumentSchema });
}
