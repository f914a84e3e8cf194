import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { applyTheme } from './layout/theme-button.js';
import { newAddress } from './old-addresses.js';
import { Problem } from './parts/problem.js';
import { readConsoleConfig, type ConsoleConfig } from './session/console-config.js';
import { firstCredential } from './session/first-credential.js';
import { SessionProvider } from './session/session.js';
import './styles/console.css';
import './styles/run.css';
import './styles/picture.css';
import './styles/runs.css';
import './styles/shell.css';
import './styles/pages.css';

const address = newAddress(location.hash);
if (address !== undefined) history.replaceState(null, '', `/ui${address}`);
applyTheme();

const root = createRoot(document.getElementById('console') as HTMLElement);
readConsoleConfig()
  .then(show)
  .catch((cause: unknown) => {
    root.render(
      <main className="page">
        <Problem cause={cause} retry={() => location.reload()} />
      </main>,
    );
  });

async function show(config: ConsoleConfig): Promise<void> {
  const provider = config.oidc === null ? null : await import('./session/oidc.js');
  // In the frame of a renewal, nobody looks at a page.
  if (config.oidc !== null && provider !== null && window.parent !== window) return provider.finishInFrame(config.oidc);
  const oidc = config.oidc === null || provider === null ? null : provider.openOidc(config.oidc);
  const { credential, fault } = (await oidc?.first()) ?? { credential: null, fault: null };
  // Somebody whose sign-in has failed learns why, and is not taken for somebody else.
  const first = credential ?? (fault === null ? await firstCredential(config) : null);
  root.render(
    <StrictMode>
      <SessionProvider {...{ config, oidc, first, firstFault: fault }}>
        <App />
      </SessionProvider>
    </StrictMode>,
  );
}
