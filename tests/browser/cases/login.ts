import assert from 'node:assert/strict';
import type { BrowserCase } from '../run-cases.ts';

export const login: readonly BrowserCase[] = [
  {
    name: 'login: a token opens a session of its tenant alone, which ends with logging out and with the token',
    async run({ openPage, url, run, createToken, revokeTokens }) {
      const foreign = await run('true', { name: 'of the tenant default' });
      const token = await createToken('--tenant', 'other');
      try {
        const page = await openPage();
        await page.goto(`${url}/ui/executions/${foreign}`);
        await page.getByLabel('Token').fill('exa_wrong');
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByText('The token is not valid').waitFor();
        await page.getByLabel('Token').fill(token);
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByText('There is no such execution').waitFor();
        await page.goto(`${url}/ui/`);
        await page.getByText('There are no executions yet').waitFor();

        const cookies = await page.context().cookies();
        assert.deepEqual(
          cookies.map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path })),
          [{ httpOnly: true, sameSite: 'Strict', path: '/' }],
        );
        const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join();
        const statusOf = async (method: string, headers: Record<string, string>) =>
          (await fetch(`${url}/v1/executions/x/cancel`, { method, headers: { cookie, ...headers } })).status;
        assert.equal(await statusOf('POST', {}), 403);
        assert.equal(await statusOf('POST', { 'x-exec-agent': 'dashboard', 'sec-fetch-site': 'cross-site' }), 403);
        assert.equal(await statusOf('POST', { 'x-exec-agent': 'dashboard' }), 404);

        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByLabel('Token').waitFor();
        assert.equal(await statusOf('POST', { 'x-exec-agent': 'dashboard' }), 401);
        await page.getByLabel('Token').fill(token);
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByText('There are no executions yet').waitFor();
        await createToken('--tenant', 'keeps');
        await revokeTokens();
        await createToken('--tenant', 'keeps');
        await page.reload();
        await page.getByLabel('Token').waitFor();
      } finally {
        await revokeTokens();
      }
    },
  },
];
