import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { applyTheme } from './layout/theme-button.js';
import { newAddress } from './old-addresses.js';
import { readConsoleConfig } from './session/console-config.js';
import { firstCredential } from './session/first-credential.js';
import { SessionProvider } from './session/session.js';
import './styles/console.css';

const address = newAddress(location.hash);
if (address !== undefined) history.replaceState(null, '', `/ui${address}`);
applyTheme();

const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false, staleTime: 5_000 } },
});
const root = createRoot(document.getElementById('console') as HTMLElement);
readConsoleConfig()
  .then(async (config) => {
    const first = await firstCredential(config);
    root.render(
      <StrictMode>
        <QueryClientProvider client={queries}>
          <SessionProvider {...{ config, first }}>
            <App />
          </SessionProvider>
        </QueryClientProvider>
      </StrictMode>,
    );
  })
  .catch((cause: unknown) => {
    root.render(
      <p role="alert" className="page">
        {String(cause)}
      </p>,
    );
  });
