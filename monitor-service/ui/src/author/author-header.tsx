import type { Ref } from 'react';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useMay } from '../api/may.js';
import type { Flow } from '../api/flow-queries.js';
import { DocsLink } from '../parts/docs-link.js';
import { useWorkspace } from '../session/use-workspace.js';
import type { Draft } from './use-draft.js';

export type AuthorHeaderProps = {
  readonly draft: Draft;
  /** Name of the flow, as it is written. */
  readonly name: string | undefined;
  /** Id of a flow that is not there yet. */
  readonly newId: string;
  readonly setNewId: (id: string) => void;
  readonly saveButton: Ref<HTMLButtonElement>;
  /** Undefined where it cannot be published yet. */
  readonly publish: (() => void) | undefined;
};

/** Which flow is written, whether it is saved, and what can be done with it. */
export function AuthorHeader({ draft, name, newId, setNewId, saveButton, publish }: AuthorHeaderProps) {
  const { workspaceId } = useWorkspace();
  const { flow, isChanged, save } = draft;
  const maySave = useMay(flow === null ? 'createFlow' : 'updateFlow');
  const mayPublish = useMay('publishFlow');
  return (
    <header className="author-header">
      <h1>
        {flow === null ? (
          'New flow'
        ) : (
          <>
            <Link to={`/w/${encodeURIComponent(workspaceId)}/flows/${encodeURIComponent(flow.flowId)}`}>
              {flow.flowId}
            </Link>{' '}
            · edit
          </>
        )}
      </h1>
      {flow === null && <IdField {...{ newId, setNewId }} suggestion={suggestedId(name ?? 'New flow')} />}
      <DraftState draft={draft} />
      <nav className="author-docs" aria-label="Help">
        <DocsLink page="language">Language</DocsLink> <DocsLink page="cookbook">Cookbook</DocsLink>
      </nav>
      <div className="actions">
        <button
          ref={saveButton}
          className={flow === null ? 'primary' : ''}
          disabled={!maySave || save.isPending || (!isChanged && flow !== null)}
          onClick={() => save.mutate(undefined)}
        >
          {save.isPending ? 'Saving…' : flow === null ? 'Create' : 'Save draft'}
        </button>
        {publish !== undefined && (
          <button
            className="primary"
            disabled={!mayPublish || save.isPending}
            onClick={() => {
              if (!isChanged) publish();
              else save.mutate(undefined, { onSuccess: publish });
            }}
          >
            Publish…
          </button>
        )}
      </div>
    </header>
  );
}

function IdField(props: {
  readonly newId: string;
  readonly setNewId: (id: string) => void;
  readonly suggestion: string;
}) {
  const { newId, setNewId, suggestion } = props;
  const [isOwn, setOwn] = useState(false);
  useEffect(() => {
    if (!isOwn) setNewId(suggestion);
  }, [isOwn, suggestion, setNewId]);
  return (
    <label className="id-field">
      <span className="soft">Id</span>
      <input
        value={newId}
        spellCheck={false}
        maxLength={128}
        onChange={(event) => {
          setOwn(true);
          setNewId(event.target.value);
        }}
      />
    </label>
  );
}

/** An id that can stand in addresses, made from a name. */
export const suggestedId = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);

function DraftState({ draft: { flow, isChanged } }: { readonly draft: Draft }) {
  return (
    <p className="soft draft-state" role="status">
      {isChanged && <strong>Unsaved changes</strong>}
      {isChanged && ' · '}
      {flow === null ? 'not created yet' : `${isChanged ? '' : 'Saved · '}${versionOf(flow)}`}
    </p>
  );
}

const versionOf = ({ latestVersion }: Flow): string =>
  latestVersion === null ? 'not published' : `version ${latestVersion} is published`;
