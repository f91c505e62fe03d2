/** Channels and keys that no other deployment on the same Redis uses. */
export function channelsOf(name: string) {
  return {
    requestChannel: `${name}-requests`,
    responseChannel: `${name}-responses`,
    controlChannel: `${name}-control`,
    eventsChannel: `${name}-events`,
    logsChannel: `${name}-logs`,
    keyPrefix: name,
  };
}
