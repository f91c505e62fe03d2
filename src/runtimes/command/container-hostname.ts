/** What every container calls itself. */
export const containerHostname = 'container';
