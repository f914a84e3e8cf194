import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { createBrowserRouter, RouterProvider, useRouteError, type RouteObject } from 'react-router';
import { newQueryClient } from './api/query-client.js';
import { Shell } from './layout/shell.js';
import { WorkspacesPage } from './layout/workspaces-page.js';
import { Problem } from './parts/problem.js';
import { RunPage } from './run/run-page.js';
import { RunsPage } from './runs/runs-page.js';
import { SignInPage } from './session/sign-in-page.js';
import { useSessionState } from './session/session.js';

const FlowsPage = lazy(() => import('./flows/flows-page.js'));
const ApprovalsPage = lazy(() => import('./approvals/approvals-page.js'));
const SchedulesPage = lazy(() => import('./schedules/schedules-page.js'));
const TriggersPage = lazy(() => import('./triggers/triggers-page.js'));
const DeliveriesPage = lazy(() => import('./triggers/deliveries-page.js'));
const ConnectionsPage = lazy(() => import('./connections/connections-page.js'));
const TemplatesPage = lazy(() => import('./templates/templates-page.js'));
const TemplatePage = lazy(() => import('./templates/template-page.js'));
const QuotasPage = lazy(() => import('./quotas/quotas-page.js'));
const AuditPage = lazy(() => import('./audit/audit-page.js'));
const FlowPage = lazy(() => import('./flows/flow-page.js'));
const VersionsPage = lazy(() => import('./flows/versions/versions-page.js'));
const EditPage = lazy(() => import('./author/edit-page.js'));
const NewFlowPage = lazy(() => import('./author/new-flow-page.js'));

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
      { path: 'w/:workspaceId/flows/:flowId/edit', element: <EditPage /> },
      { path: 'w/:workspaceId/flows/:flowId/versions', element: <VersionsPage /> },
      { path: 'w/:workspaceId/new-flow', element: <NewFlowPage /> },
      { path: 'w/:workspaceId/approvals', element: <ApprovalsPage /> },
      { path: 'w/:workspaceId/schedules', element: <SchedulesPage /> },
      { path: 'w/:workspaceId/triggers', element: <TriggersPage /> },
      { path: 'w/:workspaceId/triggers/:triggerId', element: <DeliveriesPage /> },
      { path: 'w/:workspaceId/connections', element: <ConnectionsPage /> },
      { path: 'w/:workspaceId/templates', element: <TemplatesPage /> },
      { path: 'w/:workspaceId/templates/:templateId', element: <TemplatePage /> },
      { path: 'w/:workspaceId/quotas', element: <QuotasPage /> },
      { path: 'w/:workspaceId/audit', element: <AuditPage /> },
      { path: '*', element: <p className="page empty">There is no such page.</p> },
    ],
  },
];

/** The pages of somebody who has signed in, or the page to do so. */
export function App() {
  const { session } = useSessionState();
  // Nothing that one person has read is there for the next one.
  return session === null ? <SignInPage /> : <Pages key={session.id} />;
}

function Pages() {
  const [router] = useState(() => createBrowserRouter(ROUTES, { basename: '/ui' }));
  const [queries] = useState(newQueryClient);
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}

function BrokenPage() {
  return <Problem cause={useRouteError()} retry={() => location.reload()} />;
}
