// Runs inside a network namespace: listens there and hands the listening socket to the process that started it.
const { createServer } = require('node:net');

const [, , address = '', port = ''] = process.argv;
const server = createServer();
const end = () => process.exit();

// Nobody is left to take the socket.
process.once('disconnect', end);
server.once('error', (error) => process.send?.({ failed: error.message }, end));
server.listen({ host: address, port: Number(port) }, () => process.send?.('listening', server, end));
