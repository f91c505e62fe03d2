import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  deployment,
  never,
  run,
  specOf,
  startContainer,
  usesMuch,
} from '../../src/runtimes/contract/bench.contract.ts';
import type { RuntimeBench } from '../../src/runtimes/runtime.contract.ts';
import { type DockerEngine, startDockerEngine } from '../parts/docker/docker-engine.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { usageCgroups } from '../parts/run/run-traces.ts';
import { openDockerBench } from './open-docker-bench.ts';

const slice = 'exec_agent_tests.slice';
const hasSystemd = existsSync('/run/systemd/system') && existsSync('/sys/fs/cgroup/cgroup.controllers');
const whyNot = hasSystemd ? '' : ' (skipped: no systemd with control groups v2 here)';

/** An engine whose control groups systemd makes. */
export function describeSlices(): void {
  describe.skipIf(!hasSystemd)(`an engine whose groups systemd makes${whyNot}`, () => {
    let directory = '';
    let engine: DockerEngine;
    let bench: RuntimeBench;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'slices-'));
      engine = await startDockerEngine({
        directory: join(directory, 'docker'),
        cacheDirectory: join(directory, 'data'),
        cgroupParent: slice,
        cgroupDriver: 'systemd',
      });
      await engine.api.load(inject('archives').alpine);
      bench = await openDockerBench({ transfer: 'bind', host: engine.host });
    });
    afterAll(async () => {
      await bench?.close();
      await engine?.stop();
      await runCommand('systemctl', 'stop', slice);
      await rm(directory, { recursive: true, force: true });
    });
    const groups = () => usageCgroups({ cgroup: slice });

    test('tells what a container used, and keeps no slice of it', async () => {
      const { exit } = await run(bench, { script: usesMuch.script });
      expect(exit).toMatchObject({ code: 0, usage: usesMuch.usage() });
      expect(groups()).toEqual([]);
      expect(await runCommand('systemctl', 'list-units', '--all', '--plain', 'exec_agent_tests-*')).not.toMatch(
        /exec_agent[.]/,
      );
    });

    test('has a slice that an agent left which died removed by a sweep', async () => {
      const sandbox = await bench.runtime.openSandbox(specOf(), never);
      await (await startContainer(bench, sandbox, { script: 'true' })).wait(never);
      for (const { Id } of await engine.api.containers()) await engine.api.remove(`/containers/${Id}`);
      expect(groups()).toHaveLength(1);
      await bench.runtime.sweep(deployment, async () => false);
      expect(groups()).toEqual([]);
    });
  });
}
