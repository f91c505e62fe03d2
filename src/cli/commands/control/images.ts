import type { Command } from 'commander';
import type { AddCommand } from '../../command-context.ts';
import { examples } from '../../command-context.ts';
import type { ControlFlags } from '../../control/with-control.ts';
import type { ImagesFlags, PruneFlags, PullFlags } from '../../images/manage-images.ts';
import { imagesGroup } from './control-options.ts';

export const addImagesCommand: AddCommand = (program, { terminal, exitWith }) => {
  const images = program
    .command('images')
    .summary('list, pull and remove images')
    .description(
      'Manages the images of an agent over HTTP (EXEC_URL, --url, or a context), otherwise those of the runtime of this host.',
    )
    .enablePositionalOptions();

  withOwner(images.command('list', { isDefault: true }))
    .description('list the images with their sizes')
    .option('--json', 'print JSON')
    .action(async (flags: ImagesFlags) => {
      const { listImages } = await import('../../images/manage-images.ts');
      exitWith(await listImages(terminal, flags));
    });

  withOwner(images.command('pull'))
    .description('pull an image in advance, so that no execution has to wait for it')
    .argument('<image>', 'reference, such as python:3.9-slim')
    .option('--from <source>', 'load it from an archive or directory of this host instead of a registry (oci runtime)')
    .addHelpText(
      'after',
      examples(
        'exec-agent images pull python:3.9-slim',
        'exec-agent images pull team/tool:1 --from docker-archive:tool.tar',
        'exec-agent images pull team/tool:1 --from oci:layout-directory',
      ),
    )
    .action(async (image: string, flags: PullFlags) => {
      const { pullImage } = await import('../../images/manage-images.ts');
      exitWith(await pullImage(image, terminal, flags));
    });

  withOwner(images.command('rm'))
    .description(
      'remove images by name; an image goes with its last name, and all its names with its digest (sha256:…)',
    )
    .argument('<image...>', 'name or digest, as "images list --json" shows it')
    .action(async (references: readonly string[], flags: ControlFlags) => {
      const { removeImages } = await import('../../images/manage-images.ts');
      exitWith(await removeImages(references, terminal, flags));
    });

  withOwner(images.command('prune'))
    .description('remove unused images, least recently used first')
    .option('--keep <size>', 'stop when the remaining images are this small, such as 5g', '0')
    .action(async (flags: PruneFlags) => {
      const { pruneImages } = await import('../../images/manage-images.ts');
      exitWith(await pruneImages(terminal, flags));
    });
};

/** The options that say whose images are meant. */
function withOwner(command: Command): Command {
  return command
    .optionsGroup(imagesGroup)
    .option('--url <url>', 'HTTP API of an agent (EXEC_URL); the token comes from EXEC_TOKEN or "exec-agent login"')
    .option('--context <name>', 'context of "exec-agent login" (EXEC_CONTEXT); "local" is the runtime of this host')
    .option('--runtime <name>', 'runtime of this host, without an agent: docker, oci or auto (EXEC_RUNTIME)')
    .optionsGroup('Options:');
}
