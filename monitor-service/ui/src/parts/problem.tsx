import { FlowplaneError } from '@flowplane/contracts/client';

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

function explained(cause: unknown): { readonly title: string; readonly advice?: string } {
  // What `fetch` throws when there is no answer.
  if (cause instanceof TypeError) return { title: 'Flowplane cannot be reached.', advice: cause.message };
  if (!(cause instanceof FlowplaneError)) return { title: cause instanceof Error ? cause.message : String(cause) };
  const { status, message, code, correlationId, errors } = cause;
  if (status === 403) {
    return {
      title: 'You may not see or do this.',
      advice: `${message} Ask an owner of the tenant, or sign in as somebody else.`,
    };
  }
  if (status === 503) return { title: 'Flowplane is busy or a part of it is away.', advice: message };
  const trace = correlationId === undefined ? '' : ` (${correlationId})`;
  const listed = errors.map((one) => (one as { readonly message?: string }).message ?? JSON.stringify(one));
  if (listed.length > 0) return { title: message, advice: listed.join(' ') };
  return { title: message, ...(status >= 500 ? { advice: `${code ?? status}${trace}` } : {}) };
}
