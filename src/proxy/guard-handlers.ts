type Guard = <Args extends unknown[]>(handle: (...args: Args) => void) => (...args: Args) => void;

/**
 * Guards the event handlers of a socket: an error that leaves one would end the process.
 * @param onFault receives the error
 * @param end ends what the error happened to
 */
export function guardHandlers(onFault: (error: unknown) => void, end: () => void): Guard {
  return (handle) =>
    (...args) => {
      try {
        handle(...args);
      } catch (error) {
        onFault(error);
        end();
      }
    };
}
