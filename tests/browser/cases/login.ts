import assert from 'node:assert/strict';
import type { BrowserCase } from '../run-cases.ts';

export const login: readonly BrowserCase[] = [
  {
    name: 'login: an administrator sees other tenants, creates a token and revokes it; others see neither pages nor tenants',
    async run({ openPage, url, run, createToken, revokeTokens }) {
      await run('true', { name: 'of the default tenant' });
      const admin = await createToken('--tenant', 'admins', '--scope', 'submit', 'read', 'operate', 'admin');
      try {
        const page = await openPage();
        const logIn = async (token: string) => {
          await page.goto(`${url}/ui/tokens`);
          await page.getByLabel('Token', { exact: true }).fill(token);
          await page.getByRole('button', { name: 'Log in' }).click();
          await page.getByRole('button', { name: 'Log out' }).waitFor();
        };
        await logIn(admin);
        await page.getByLabel('Tenant', { exact: true }).fill('guests');
        await page.getByRole('button', { name: 'Create a token' }).click();
        const created = await page.locator('.created code').textContent();
        assert.match(created ?? '', /^exa_/);
        await page.goto(`${url}/ui/`);
        await page.getByText('There are no executions yet').waitFor();
        await page.getByLabel('Tenant', { exact: true }).fill('*');
        await page.keyboard.press('Enter');
        await page.getByRole('columnheader', { name: 'Tenant' }).waitFor();
        await page.getByRole('link', { name: 'of the default tenant' }).first().click();
        await page.getByText('tenant default').waitFor();
        await page.getByRole('link', { name: 'Run again' }).waitFor();
        await page.getByRole('button', { name: 'Log out' }).click();

        await logIn(created ?? '');
        await page.getByText('lacks the scope').waitFor();
        await page.goto(`${url}/ui/`);
        await page.getByText('There are no executions yet').waitFor();
        assert.equal(await page.getByLabel('Tenant', { exact: true }).count(), 0);
        assert.equal(await page.getByRole('link', { name: 'Agents' }).count(), 0);
        await page.goto(`${url}/ui/?tenant=*`);
        await page.getByRole('alert').filter({ hasText: 'lacks the scope' }).waitFor();
        await page.getByRole('button', { name: 'Log out' }).click();

        await logIn(admin);
        await page.getByRole('button', { name: `Revoke ${created?.split('_')[1]}` }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
        await page.getByRole('button', { name: `Revoke ${created?.split('_')[1]}` }).waitFor({ state: 'detached' });
        await page.context().close();
      } finally {
        await revokeTokens();
      }
    },
  },
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
