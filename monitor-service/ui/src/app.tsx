import { lazy, Suspense, useState } from 'react';
import { createBrowserRouter, RouterProvider, useRouteError, type RouteObject } from 'react-router';
import { Shell } from './layout/shell.js';
import { WorkspacesPage } from './layout/workspaces-page.js';
import { Problem } from './parts/problem.js';
import { RunPage } from './run/run-page.js';
import { RunsPage } from './runs/runs-page.js';
import { SignInPage } from './session/sign-in-page.js';
import { useSessionState } from './session/session.js';

const FlowsPage = lazy(() => import('./flows/flows-page.js'));
const FlowPage = lazy(() => import('./flows/flow-page.js'));

const ROUTES: RouteObject[] = [
  {
    element: <Shell />,
    errorElement: <BrokenPage />,
    children: [
      { index: true, element: <WorkspacesPage /> },
      { path: 'w/:workspaceId/runs', element: <RunsPage /> },
      { path: 'w/:workspaceId/runs/:executionId', element: <RunPage /> },
      { path: 'w/:workspaceId/flows', element: <FlowsPage /> },
      { path: 'w/:workspaceId/flows/:flowId', element: <FlowPage /> },
      { path: '*', element: <p className="page empty">There is no such page.</p> },
    ],
  },
];

/** The pages of somebody who has signed in, or the page to do so. */
export function App() {
  const { session } = useSessionState();
  const [router] = useState(() => createBrowserRouter(ROUTES, { basename: '/ui' }));
  if (session === null) return <SignInPage />;
  return (
    <Suspense fallback={<p className="page soft">Loading…</p>}>
      <RouterProvider router={router} />
    </Suspense>
  );
}

function BrokenPage() {
  return <Problem cause={useRouteError()} retry={() => location.reload()} />;
}
