import { buildPrograms, findObstacle } from './build-programs.ts';

// For `npm run test:kubernetes -- --build`. Exit code 3: this host cannot have a cluster; the reason is on stdout.
const obstacle = await findObstacle();
if (obstacle === undefined) await buildPrograms((line) => process.stderr.write(`${line}\n`));
else process.stdout.write(`${obstacle}\n`);
process.exitCode = obstacle === undefined ? 0 : 3;
