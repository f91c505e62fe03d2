import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCheck, type RuntimeBench, type SkippedCase } from './contract/bench.contract.ts';
import { dataCases } from './contract/data-cases.contract.ts';
import { exitCases } from './contract/exit-cases.contract.ts';
import { imageCases } from './contract/image-cases.contract.ts';
import { imageConfigCases } from './contract/image-config-cases.contract.ts';
import { logCases } from './contract/log-cases.contract.ts';
import { networkCases } from './contract/network-cases.contract.ts';
import { recoveryCases } from './contract/recovery-cases.contract.ts';
import { safetyCases } from './contract/safety-cases.contract.ts';
import { startCases } from './contract/start-cases.contract.ts';
import { stdinCases } from './contract/stdin-cases.contract.ts';
import { stopCases } from './contract/stop-cases.contract.ts';
import { streamCases } from './contract/stream-cases.contract.ts';
import { userCases } from './contract/user-cases.contract.ts';

export type { RuntimeBench, SkippedCase };

export interface ContractOptions {
  /** Opens a runtime over real parts; closed by the suite. */
  readonly open: () => Promise<RuntimeBench>;
  /** Cases this driver cannot pass, by title; the reason is printed. */
  readonly skip?: readonly SkippedCase[];
}

/** The cases in which it matters that a container was started before it had a command, one after the other. */
export function describeWarm(name: string, options: ContractOptions): void {
  describe(name, () => {
    const { bench, check, finish } = openSuite(options);
    const all = [startCases, stdinCases, exitCases, safetyCases, networkCases, logCases, stopCases, recoveryCases];
    for (const cases of all) cases(check);
    finish();
    test('nothing is left', async () => {
      expect(await bench().leftovers()).toEqual([]);
    });
  });
}

/** The cases about data, for a driver whose directories are elsewhere. */
export function describeData(name: string, options: ContractOptions): void {
  describe(name, () => {
    const { bench, checkTogether, finish } = openSuite(options);
    dataCases(checkTogether);
    finish();
    test('nothing is left', async () => {
      expect(await bench().leftovers()).toEqual([]);
    });
  });
}

/** The cases in which it matters how an agent is connected with what it runs. */
export function describeConnections(name: string, options: ContractOptions): void {
  describe(name, () => {
    const { bench, check, checkTogether, finish } = openSuite(options);
    describe('data', () => dataCases(checkTogether));
    describe('logs', () => logCases(check));
    describe('network', () => networkCases(check));
    describe('in the end', () => {
      finish();
      test('nothing is left', async () => {
        expect(await bench().leftovers()).toEqual([]);
      });
    });
  });
}

/** The one suite that every driver passes: what a runtime promises, as a user would notice it. */
export function describeRuntime(name: string, options: ContractOptions): void {
  describe(name, () => {
    const { bench, check, checkTogether, finish } = openSuite(options);
    describe('starting', () => startCases(checkTogether));
    describe('standard input', () => stdinCases(check));
    describe('streams', () => streamCases(checkTogether));
    describe('exit', () => exitCases(checkTogether));
    describe('data', () => dataCases(checkTogether));
    describe('safety', () => safetyCases(checkTogether));
    describe('users', () => userCases(checkTogether));
    describe('network', () => networkCases(check));
    describe('logs', () => logCases(check));
    describe('stop', () => stopCases(checkTogether));
    describe('recovery', () => recoveryCases(check));
    describe('image configuration', () => imageConfigCases(checkTogether));
    describe('images', () => imageCases(check));
    describe('in the end', () => {
      // Here the suites above have named their cases.
      finish();
      test('nothing is left', async () => {
        expect(await bench().leftovers()).toEqual([]);
      });
    });
  });
}

function openSuite({ open, skip = [] }: ContractOptions) {
  let opened: RuntimeBench | undefined;
  const bench = (): RuntimeBench => {
    if (opened === undefined) throw new Error('the bench is not open');
    return opened;
  };

  beforeAll(async () => {
    opened = await open();
  });
  afterAll(async () => {
    await opened?.close();
  });
  return { bench, ...createCheck(bench, skip) };
}
