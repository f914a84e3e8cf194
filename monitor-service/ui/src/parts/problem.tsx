import { explained } from './explained.js';

/** Why something could not be shown or done, and what to do about it. */
export function Problem({ cause, retry }: { readonly cause: unknown; readonly retry?: () => void }) {
  const { title, advice } = explained(cause);
  return (
    <div role="alert" className="notice notice-error">
      <strong>{title}</strong>
      {advice !== undefined && <p>{advice}</p>}
      {retry !== undefined && <button onClick={retry}>Try again</button>}
    </div>
  );
}
