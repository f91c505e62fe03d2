// Runs inside a network namespace as long as its ports are forwarded: takes listening sockets of the outside from the
// process that started it, accepts there and connects in here.
const { connect, Server, Socket } = require('node:net');

const [, , address = '', maxConnections = ''] = process.argv;

process.once('disconnect', () => process.exit());
process.on('message', (message, handle) => {
  const port = Number(message);
  if (handle instanceof Socket) join(handle, port);
  if (!(handle instanceof Server)) return;
  // Either side may end its half of a connection before the other.
  Object.assign(handle, { allowHalfOpen: true, maxConnections: Number(maxConnections) });
  handle.on('connection', (outside) => join(outside, port));
  process.send?.(port);
});

/**
 * @param {Socket} outside
 * @param {number} port
 */
function join(outside, port) {
  const inside = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  outside.setNoDelay(true);
  outside.pipe(inside).pipe(outside);
  for (const [one, other] of [
    [outside, inside],
    [inside, outside],
  ]) {
    // Whose other end was reset is reset too; an orderly end has been passed on by then.
    one?.on('error', () => other?.destroy());
  }
}
