import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { ImagesFlags, PruneFlags, PullFlags } from '../manage-images.ts';

export const addImagesCommand: AddCommand = (program, { terminal, exitWith }) => {
  const images = program
    .command('images')
    .summary('list, pull and prune the images of the runtime')
    .description('Looks after the images of the runtime that this agent chooses.')
    .enablePositionalOptions();

  images
    .command('list', { isDefault: true })
    .description('List the images that are here.')
    .option('--json', 'print JSON')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .action(async (flags: ImagesFlags) => {
      const { listImages } = await import('../manage-images.ts');
      exitWith(await listImages(terminal, flags));
    });

  images
    .command('pull')
    .description('Bring an image here, so that no execution has to wait for it.')
    .argument('<image>', 'reference, such as python:3.9-slim')
    .option('--from <source>', 'take it from an archive or directory instead of a registry (oci runtime)')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .addHelpText(
      'after',
      examples(
        'exec-agent images pull python:3.9-slim',
        'exec-agent images pull team/tool:1 --from docker-archive:tool.tar',
        'exec-agent images pull team/tool:1 --from oci:layout-directory',
      ),
    )
    .action(async (image: string, flags: PullFlags) => {
      const { pullImage } = await import('../manage-images.ts');
      exitWith(await pullImage(image, terminal, flags));
    });

  images
    .command('prune')
    .description('Remove images that nothing uses, those used longest ago first.')
    .option('--keep <size>', 'stop once what remains is this small, such as 5g', '0')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .action(async (flags: PruneFlags) => {
      const { pruneImages } = await import('../manage-images.ts');
      exitWith(await pruneImages(terminal, flags));
    });
};
