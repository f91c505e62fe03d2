import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { ImagesFlags, PruneFlags, PullFlags } from '../images/manage-images.ts';

export const addImagesCommand: AddCommand = (program, { terminal, exitWith }) => {
  const images = program
    .command('images')
    .summary('list, pull and prune the images of the runtime')
    .description('Manages the images of the runtime that the agent uses on this host.')
    .enablePositionalOptions();

  images
    .command('list', { isDefault: true })
    .description('list the images on this host')
    .option('--json', 'print JSON')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .action(async (flags: ImagesFlags) => {
      const { listImages } = await import('../images/manage-images.ts');
      exitWith(await listImages(terminal, flags));
    });

  images
    .command('pull')
    .description('pull an image in advance, so that no execution has to wait for it')
    .argument('<image>', 'reference, such as python:3.9-slim')
    .option('--from <source>', 'load it from an archive or directory instead of a registry (oci runtime)')
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
      const { pullImage } = await import('../images/manage-images.ts');
      exitWith(await pullImage(image, terminal, flags));
    });

  images
    .command('prune')
    .description('remove unused images, least recently used first')
    .option('--keep <size>', 'stop when the remaining images are this small, such as 5g', '0')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .action(async (flags: PruneFlags) => {
      const { pruneImages } = await import('../images/manage-images.ts');
      exitWith(await pruneImages(terminal, flags));
    });
};
