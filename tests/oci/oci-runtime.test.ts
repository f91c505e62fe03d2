import { describeRuntime } from '../../src/runtimes/runtime.contract.ts';
import { describeWith } from '../parts/require-part.ts';
import { describeEngineChoice } from './cases/engine-choice.cases.ts';
import { describeHostImage } from './cases/host-image.cases.ts';
import { describeHostileImages } from './cases/hostile-image.cases.ts';
import { describeImageStore } from './cases/image-store.cases.ts';
import { describeLauncher } from './cases/launcher.cases.ts';
import { describeReadyLaunchers } from './cases/ready-launcher.cases.ts';
import { describeSecretVariables } from './cases/secret-variable.cases.ts';
import { describeSurvival } from './cases/survival.cases.ts';
import { describeWarmContainers } from './cases/warm.cases.ts';
import { describeWithoutInotify } from './cases/without-inotify.cases.ts';
import { openOciBench } from './open-bench.ts';

describeWith('oci', 'OCI', () => {
  describeRuntime('crun', { open: () => openOciBench({ engines: ['crun'] }) });
  describeRuntime('runc', { open: () => openOciBench({ engines: ['runc'] }) });
  describeEngineChoice();
  describeLauncher();
  describeReadyLaunchers();
  describeSurvival();
  describeSecretVariables();
  describeWarmContainers();
  describeWithoutInotify();
  describeHostImage();
  describeHostileImages();
  describeImageStore();
});
