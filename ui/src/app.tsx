import { useEffect, useRef } from 'preact/hooks';
import type { Scope } from '../../src/wire/scopes.ts';
import { heardAt, loginNeeded } from './api/call.ts';
import { getSession, logOut, may, type Session } from './api/session.ts';
import { addressOf } from './base.ts';
import { KeyboardHelp, openKeyboardHelp, useKeys } from './keyboard.tsx';
import { offline, retryNow } from './live/connection.ts';
import { AgentsPage } from './pages/agents.tsx';
import { AuditPage } from './pages/audit.tsx';
import { ExecutionPage } from './pages/execution.tsx';
import { ExecutionsPage } from './pages/executions.tsx';
import { ImagesPage } from './pages/images.tsx';
import { LoginPage } from './pages/login.tsx';
import { NewExecutionPage } from './pages/new-execution.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { QueuePage } from './pages/queue.tsx';
import { ServicesPage } from './pages/services.tsx';
import { SessionsPage } from './pages/sessions.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { TokensPage } from './pages/tokens.tsx';
import { Problem, Skeleton, Time, useNow } from './parts/basics.tsx';
import { ConfirmDialog } from './parts/confirm-dialog.tsx';
import { formatMoment, switchTimeZone, timeZone } from './parts/time-zone.ts';
import { useLoaded } from './parts/use-loaded.ts';
import { goTo, place } from './router.ts';

export function App() {
  const session = useLoaded(`session ${loginNeeded.value}`, getSession);
  if (loginNeeded.value)
    return (
      <main>
        <LoginPage
          onDone={() => {
            loginNeeded.value = false;
          }}
        />
      </main>
    );
  if (session.error !== undefined)
    return (
      <main>
        <Problem error={session.error} onRetry={session.reload} />
      </main>
    );
  if (session.value === undefined) return <Skeleton />;
  return <Shell session={session.value} />;
}

const links: readonly (readonly [url: string, name: string, scope: Scope])[] = [
  ['/ui/overview', 'Overview', 'read'],
  ['/ui/', 'Executions', 'read'],
  ['/ui/new', 'New', 'submit'],
  ['/ui/agents', 'Agents', 'operate'],
  ['/ui/queue', 'Queue', 'operate'],
  ['/ui/images', 'Images', 'operate'],
  ['/ui/services', 'Services', 'operate'],
  ['/ui/policy', 'Policy', 'operate'],
  ['/ui/tokens', 'Tokens', 'operate'],
  ['/ui/settings', 'Settings', 'operate'],
  ['/ui/audit', 'Audit', 'operate'],
];

function Shell({ session }: { readonly session: Session }) {
  useKeys();
  const [room = '', id = ''] = place.value.path;
  useFocusOnPage(`${room}/${id}`);
  const current = room === '' || room === 'executions' ? '/ui/' : `/ui/${room}`;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header>
        <a class="brand" href={addressOf('/ui/')}>
          Exec Agent
        </a>
        <nav aria-label="Pages">
          {links
            .filter(([, , scope]) => may(scope))
            .map(([url, name]) => (
              <a key={url} href={addressOf(url)} {...(url === current ? { 'aria-current': 'page' } : {})}>
                {name}
              </a>
            ))}
          <a href={addressOf('/docs')} target="_blank" rel="noopener">
            API
          </a>
        </nav>
      </header>
      <OfflineBanner />
      <main id="content" tabIndex={-1}>
        <Page />
      </main>
      <footer>
        <span>
          tenant <bdi>{session.tenant}</bdi> · version {session.version} · <Updated /> ·{' '}
          <button type="button" class="quiet-button" onClick={openKeyboardHelp}>
            <kbd>?</kbd> keyboard
          </button>{' '}
          ·{' '}
          <button
            type="button"
            class="quiet-button"
            aria-pressed={timeZone() === 'UTC'}
            title="Show times in UTC"
            onClick={switchTimeZone}
          >
            UTC
          </button>
        </span>
        {session.actor !== 'local' && (
          <span>
            <a href={addressOf('/ui/sessions')}>Sessions</a>{' '}
            <button
              type="button"
              class="quiet-button"
              onClick={() =>
                void logOut().then(() => {
                  loginNeeded.value = true;
                })
              }
            >
              Log out
            </button>
          </span>
        )}
      </footer>
      <ConfirmDialog />
      <KeyboardHelp />
    </>
  );
}

/** Moves the focus into a page that is shown in place of another one: what had it is gone. */
function useFocusOnPage(page: string): void {
  const shown = useRef(page);
  useEffect(() => {
    // A small screen has no room for all links.
    const link = document.querySelector<HTMLElement>('header [aria-current]');
    const nav = link?.parentElement;
    if (link !== null && nav !== null && nav !== undefined)
      nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
    if (shown.current !== page) document.getElementById('content')?.focus({ preventScroll: true });
    shown.current = page;
  }, [page]);
}

function Page() {
  const [room = '', id, tab] = place.value.path;
  if (room === 'executions' && id !== undefined) return <ExecutionPage key={id} id={id} tab={tab ?? 'summary'} />;
  if (room === '' || room === 'executions') return <ExecutionsPage />;
  if (room === 'new') return <NewExecutionPage />;
  if (room === 'agents') return <AgentsPage />;
  if (room === 'overview') return <OverviewPage />;
  if (room === 'queue') return <QueuePage />;
  if (room === 'images') return <ImagesPage />;
  if (room === 'services') return <ServicesPage />;
  if (room === 'audit') return <AuditPage />;
  if (room === 'policy') return <PolicyPage />;
  if (room === 'tokens') return <TokensPage />;
  if (room === 'settings') return <SettingsPage />;
  if (room === 'sessions') return <SessionsPage />;
  return <NoPage />;
}

function NoPage() {
  useEffect(() => {
    document.title = 'Not found – Exec Agent';
  }, []);
  return (
    <div class="empty">
      <p>There is no such page.</p>
      <button type="button" onClick={() => goTo(addressOf('/ui/'))}>
        Executions
      </button>
    </div>
  );
}

/** How old what is shown may be. */
function Updated() {
  const at = heardAt.value;
  if (at === undefined) return null;
  return (
    <>
      updated <Time at={at} />
    </>
  );
}

function OfflineBanner() {
  const state = offline.value;
  const now = useNow();
  if (state === undefined) return null;
  const seconds = Math.max(0, Math.ceil((state.nextAt - now) / 1000));
  return (
    <div class="banner" role="status">
      No connection since {formatMoment(new Date(state.since), { timeStyle: 'medium' })}. Next attempt in {seconds} s.{' '}
      <button type="button" onClick={retryNow}>
        Try now
      </button>
    </div>
  );
}
