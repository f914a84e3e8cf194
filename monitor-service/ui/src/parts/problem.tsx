import { explained, isForbidden } from './explained.js';
import { Forbidden } from './forbidden.js';

type ProblemProps = {
  readonly cause: unknown;
  /** Of what was to be shown: reads it again. */
  readonly retry?: () => void;
  /** Where nothing else is on the page that was to be shown: then a refusal says as whom it was asked for. Once a page. */
  readonly isPage?: boolean;
};

/** Why something could not be shown or done, and what to do about it. */
export function Problem({ cause, retry, isPage = false }: ProblemProps) {
  const { title, advice } = explained(cause);
  const again = retry !== undefined && <button onClick={retry}>Try again</button>;
  if (isPage && isForbidden(cause)) {
    return (
      <Forbidden title={title} why={advice}>
        {again}
      </Forbidden>
    );
  }
  return (
    <div role="alert" className="notice notice-error">
      <strong>{title}</strong>
      {advice !== undefined && <p>{advice}</p>}
      {again}
    </div>
  );
}
