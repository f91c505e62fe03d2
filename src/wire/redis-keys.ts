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

/** The part of a key that decides in which slot of a cluster it is. */
export function hashedPart(key: string): string {
  const from = key.indexOf('{');
  const to = from === -1 ? -1 : key.indexOf('}', from + 1);
  return to > from + 1 ? key.slice(from + 1, to) : key;
}

/** The names of streams on a cluster where none are set: a script that writes to one writes to keys of the deployment too. */
export function clusterStreams(prefix: string) {
  const { base } = executionKeys(prefix);
  return {
    requestChannel: `${base}-requests`,
    responseChannel: `${base}-responses`,
    controlChannel: `${base}-control`,
  };
}
