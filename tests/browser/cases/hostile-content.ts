import assert from 'node:assert/strict';
import type { BrowserCase, BrowserWorld } from '../run-cases.ts';

/** Each would open a dialog, or send a request elsewhere, on a page that took it for markup. */
const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "javascript:alert(1)//'",
  '</title><script>alert(1)</script>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<link rel=stylesheet href=https://evil.example/x.css>',
  '{{constructor.constructor("alert(1)")()}}',
];

/** A name, a label, a property and the type of a relationship. */
const hostileGraph = {
  nodes: attacks.map((attack) => ({ id: attack, labels: [attack], properties: { name: attack, [attack]: attack } })),
  relationships: attacks.slice(1).map((attack) => ({ source: attacks[0], target: attack, type: attack })),
};

async function runHostile({ run }: BrowserWorld): Promise<string> {
  const everything = attacks.join('\n');
  const script = [
    'cd /workspace/output',
    `printf '%s\\n' "$EVIL"`,
    `printf '\\033]8;;javascript:alert(1)\\033\\\\link\\033]8;;\\033\\\\ \\033[31mred\\033[0m \\033[2J\\n'`,
    `printf '%s' "$EVIL" > '<img src=x onerror=alert(1)>.html'`,
    `printf '%s' "$EVIL" > evil.svg`,
    `printf '"%s"\\n' "$EVIL" > evil.csv`,
    'cp /workspace/input/graph_data.json graph_update.json',
    'exit 1',
  ].join('\n');
  return run(script, {
    name: attacks.slice(0, 3).join(' '),
    tags: { evil: '<img src=x onerror=alert(1)>' },
    correlation_id: `<script>alert(1)</script>${Math.random()}`,
    environment: { EVIL: everything },
    input: { graph_data: hostileGraph },
    output: { expected_files: ['./'], graph_update: true },
  });
}

const time = '2026-01-02T03:04:05.000Z';
const attack = (index: number) => attacks[index % attacks.length] ?? '';

/** What the agent could return to operators, with an attack in every text: only some of it can come from elsewhere. */
const hostileRoutes: Readonly<Record<string, unknown>> = {
  '/v1/agents': {
    agents: attacks.map((text, index) => ({
      id: text,
      host: attack(index + 1),
      version: attack(index + 2),
      runtime: attack(index + 3),
      labels: { [text]: text },
      slots: 1,
      busy: 1,
      short: attack(index + 4),
      started_at: time,
      seen_at: time,
    })),
  },
  '/v1/images': {
    images: attacks.map((text, index) => ({
      references: [text, attack(index + 1)],
      digest: text,
      size_bytes: 1,
      used_at: time,
      scan: { scanner: text, scanned_at: time, counts: { critical: 1, [text]: 2 } },
      refused: [{ reference: text, says: attack(index + 2) }],
    })),
  },
  '/v1/services': {
    services: attacks.map((text) => ({ name: text, detail: text, calls: 1, errors: 1, tokens: 1 })),
  },
  '/v1/tokens': {
    tokens: attacks.map((text, index) => ({
      id: text,
      name: attack(index + 1),
      tenant: attack(index + 2),
      scopes: [text],
      created_at: time,
    })),
  },
  '/v1/settings': {
    settings: attacks.map((text, index) => ({
      name: text,
      key: text,
      group: attack(index + 1),
      description: attack(index + 2),
      is_changed: true,
      value: attack(index + 3),
      default: { [text]: text },
    })),
  },
  '/v1/policy': { policy: Object.fromEntries(attacks.map((text) => [text, [text]])) },
  '/v1/audit': {
    entries: attacks.map((text, index) => ({
      at: time,
      tenant: text,
      actor: attack(index + 1),
      from: attack(index + 2),
      action: attack(index + 3),
      target: attack(index + 4),
      result: text,
    })),
  },
};

export const hostileContent: readonly BrowserCase[] = [
  {
    name: 'hostile content: is text in everything that operators see, and in every error',
    async run({ openPage, url, faults }) {
      const page = await openPage();
      const markup = 'script:not([src]), iframe, object, embed, svg[onload], img[onerror]';
      for (const [route, json] of Object.entries(hostileRoutes)) {
        await page.route(`**${route}*`, (answer) => answer.fulfill({ json }));
        await page.goto(`${url}/ui/${route.split('/').at(-1)}`);
        await page.locator('main', { hasText: attacks[0] ?? '' }).waitFor();
        assert.equal(await page.locator(markup).count(), 0, route);
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        const body = JSON.stringify({ title: attacks[0], status: 500, detail: attacks[0], error_code: attacks[1] });
        await page.route('**/v1/**', (answer) =>
          answer.fulfill({
            status: 500,
            headers: { 'x-request-id': attacks[2] ?? '' },
            contentType: 'application/problem+json',
            body,
          }),
        );
        await page.reload();
        await page
          .getByRole('alert')
          .filter({ hasText: attacks[0] ?? '' })
          .first()
          .waitFor();
        assert.equal(await page.locator(markup).count(), 0, route);
        await page.unrouteAll({ behavior: 'ignoreErrors' });
      }
      await page.context().close();
      assert.deepEqual(faults, []);
    },
  },
  {
    name: 'hostile content: is text in what the policy says of a request, and in the question before a cancel',
    async run({ openPage, url, start, client, faults }) {
      const page = await openPage();
      await page.goto(`${url}/ui/new`);
      const container = { image: attacks[0], command: [attacks[1]] };
      await page.getByLabel('Request as JSON').fill(JSON.stringify({ container, name: attacks[2] }));
      await page.getByRole('button', { name: 'Check' }).click();
      await page
        .getByRole('alert')
        .or(page.getByRole('region', { name: 'Check' }))
        .first()
        .waitFor();
      const good = { container: { image: 'host', command: [attacks[1]] }, name: attacks[2] };
      await page.getByLabel('Request as JSON').fill(JSON.stringify(good));
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByText('The policy admits this request.').waitFor();
      const id = await start('sleep 100', { name: attacks[0] ?? '' });
      await page.goto(`${url}/ui/?name=${encodeURIComponent(attacks[0] ?? '')}`);
      await page.locator('[data-row]').first().waitFor();
      await page.getByRole('button', { name: 'Cancel all' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel them' }).click();
      assert.equal((await client.wait(id)).error_code, 'CANCELED');
      assert.deepEqual(faults, []);
    },
  },
  {
    name: 'hostile content: is text on every page, in every name, log, file and error',
    async run(world) {
      const { openPage, url, faults } = world;
      const id = await runHostile(world);
      const page = await openPage();
      const paths = [
        '',
        `executions/${id}`,
        `executions/${id}/log`,
        `executions/${id}/log?wrap=1`,
        `executions/${id}/files?open=${encodeURIComponent('<img src=x onerror=alert(1)>.html')}`,
        `executions/${id}/files?open=evil.svg`,
        `executions/${id}/files?open=evil.csv`,
        `executions/${id}/response`,
        `executions/${id}/graph?node=${encodeURIComponent(attacks[1] ?? '')}&q=${encodeURIComponent('<')}`,
        `?name=${encodeURIComponent(attacks[1] ?? '')}`,
        `?tag=${encodeURIComponent('evil=<img src=x onerror=alert(1)>')}&prefix=${encodeURIComponent(attacks[0] ?? '')}`,
        'overview',
        `overview?last=${encodeURIComponent(attacks[2] ?? '')}`,
        `audit?q=${encodeURIComponent(attacks[0] ?? '')}`,
        'audit',
        'queue',
        'images',
        'policy',
        'tokens',
        `settings?q=${encodeURIComponent(attacks[0] ?? '')}`,
        `executions/${encodeURIComponent(attacks[0] ?? '')}`,
      ];
      for (const path of paths) {
        await page.goto(`${url}/ui/${path}`);
        await page.getByRole('heading').or(page.locator('.empty')).first().waitFor();
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        const markup = 'script:not([src]), iframe, object, embed, svg[onload], img[onerror]';
        assert.equal(await page.locator(markup).count(), 0, path);
      }
      assert.deepEqual(faults, []);
    },
  },
  {
    name: 'log: keeps colours, and drops or shows all other control sequences',
    async run(world) {
      const { openPage, url } = world;
      const id = await runHostile(world);
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}/log`);
      await page.locator('.ansi-red', { hasText: 'red' }).waitFor();
      assert.equal(await page.locator('.line-text a').count(), 0);
      assert.ok(!(await page.locator('.log').textContent())?.includes('\u001b'));
    },
  },
];
