import type { TemplateState } from './template-model.js';

const WORDS: Readonly<Record<TemplateState['state'], readonly [mark: string, word: string, status: string]>> = {
  NOT_STARTED: ['○', 'not provisioned', 'idle'],
  PROVISIONING: ['●', 'being provisioned', 'Running'],
  COMPLETED: ['✓', 'provisioned', 'Completed'],
  FAILED: ['✕', 'failed', 'Failed'],
  UNKNOWN: ['?', 'unknown', 'idle'],
};

/** How far a template has come. */
export function StateBadge({ state }: { readonly state: TemplateState['state'] }) {
  const [mark, word, status] = WORDS[state];
  return (
    <span className="badge" data-status={status}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  );
}
