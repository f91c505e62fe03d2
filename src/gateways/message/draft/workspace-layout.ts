import type { Volume } from '../../../wire/plan/plan.ts';

/** Where this dialect puts things inside the container. */
export const layout = {
  root: '/workspace',
  input: '/workspace/input',
  output: '/workspace/output',
  config: '/workspace/config',
  graph: '/workspace/input/graph_data.json',
  configFile: '/workspace/config/config.json',
  services: '/workspace/config/services.json',
  stdin: '/workspace/config/stdin',
  graphUpdate: '/workspace/output/graph_update.json',
} as const;

/** @param writable whether the container may change its inputs */
export function volumesOf(writable = false): Volume[] {
  return [
    { path: layout.input, access: writable ? 'read-write' : 'read-only' },
    { path: layout.config, access: 'read-only' },
    { path: layout.output, access: 'read-write' },
  ];
}

export const scratch: readonly string[] = ['/tmp', layout.root];

/** The variables that every container gets and no request may redefine. */
export function agentVariables(executionId: string): Record<string, string> {
  return {
    EXECUTION_ID: executionId,
    WORKSPACE_INPUT: layout.input,
    WORKSPACE_OUTPUT: layout.output,
    WORKSPACE_CONFIG: layout.config,
  };
}
