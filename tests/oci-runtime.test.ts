import { describeRuntime } from '../src/runtimes/runtime.contract.ts';
import { describeEngineChoice } from './oci/engine-choice.cases.ts';
import { describeHostImage } from './oci/host-image.cases.ts';
import { describeHostileImages } from './oci/hostile-image.cases.ts';
import { describeImageStore } from './oci/image-store.cases.ts';
import { describeLauncher } from './oci/launcher.cases.ts';
import { openOciBench } from './oci/open-bench.ts';
import { describeReadyLaunchers } from './oci/ready-launcher.cases.ts';
import { describeSecretVariables } from './oci/secret-variable.cases.ts';
import { describeSurvival } from './oci/survival.cases.ts';
import { describeWithoutInotify } from './oci/without-inotify.cases.ts';
import { describeWith } from './parts/require-part.ts';

describeWith('oci', 'OCI', () => {
  describeRuntime('crun', { open: () => openOciBench({ engines: ['crun'] }) });
  describeRuntime('runc', { open: () => openOciBench({ engines: ['runc'] }) });
  describeEngineChoice();
  describeLauncher();
  describeReadyLaunchers();
  describeSurvival();
  describeSecretVariables();
  describeWithoutInotify();
  describeHostImage();
  describeHostileImages();
  describeImageStore();
});
