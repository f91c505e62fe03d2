import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Browser {
  close(): Promise<void>;
}

/** Chromium without a window, on one page, with a profile of its own. */
export async function openBrowser(url: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'browser-'));
  // The debugging port keeps it open; root has to do without its sandbox.
  const flags = ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
  const browser = spawn('chromium-headless-shell', [...flags, url], { stdio: 'ignore', detached: true });
  const ended = once(browser, 'close');
  return {
    async close() {
      // Its own processes are a group, and some outlive the first.
      if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
