import { FlowplaneError } from '@flowplane/contracts/client';
import { explained } from './explained.js';
import { Forbidden } from './forbidden.js';

/** Why something could not be shown or done, and what to do about it. @param retry of what was to be shown: reads it again */
export function Problem({ cause, retry }: { readonly cause: unknown; readonly retry?: () => void }) {
  const { title, advice } = explained(cause);
  const isReadRefused = retry !== undefined && cause instanceof FlowplaneError && cause.status === 403;
  if (isReadRefused) return <Forbidden title={title} why={advice} />;
  return (
    <div role="alert" className="notice notice-error">
      <strong>{title}</strong>
      {advice !== undefined && <p>{advice}</p>}
      {retry !== undefined && <button onClick={retry}>Try again</button>}
    </div>
  );
}
