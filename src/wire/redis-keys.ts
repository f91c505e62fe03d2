/** Where clients find what agents keep of an execution. The hash tag keeps a deployment in one slot of a cluster. */
export function executionKeys(prefix: string) {
  const base = `{${prefix}}`;
  return {
    base,
    /** A hash; its field `state` says how far it is. */
    execution: (id: string) => `${base}:execution:${id}`,
    /** A stream; its field `line` holds a LogLine. */
    liveLog: (id: string) => `${base}:log:${id}`,
  };
}
