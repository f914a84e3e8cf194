import type { AnswerOf } from '@flowplane/contracts/client';
import { useQuery } from '@tanstack/react-query';
import { useId, useState, type SubmitEvent } from 'react';
import { useSession } from '../session/session.js';
import { chosenName } from './chosen-name.js';

const PAGE_SIZE = 200;
/** Names that are proposed; any other one can be typed. */
const MOST_NAMES = 5_000;

/** Names of the tenant's workspaces, where `me` has said that there are more than it lists at once. */
function useWorkspaceNames(): readonly string[] {
  const { flowplaneOf, id } = useSession();
  const names = useQuery({
    queryKey: ['workspace-names', id],
    queryFn: async ({ signal }) => {
      const found: string[] = [];
      let after: string | null = null;
      do {
        const query = { 'page[size]': PAGE_SIZE, ...(after === null ? {} : { 'page[after]': after }) };
        const body: AnswerOf<'getMe'> = (await flowplaneOf('').call('getMe', { signal, query })).body;
        found.push(...body.workspaces.map(({ workspaceId }) => workspaceId));
        after = body.nextPageToken;
      } while (after !== null && found.length < MOST_NAMES);
      return found;
    },
    staleTime: 60_000,
  });
  return names.data ?? [];
}

type WorkspaceSearchProps = {
  readonly workspaceId: string;
  readonly title: string;
  readonly go: (workspaceId: string) => void;
};

/** A field that finds one of very many workspaces: a choice from its list leads there at once, a typed name with Enter. */
export function WorkspaceSearch({ workspaceId, title, go }: WorkspaceSearchProps) {
  const names = useWorkspaceNames();
  const list = useId();
  const [text, setText] = useState(workspaceId);
  const change = (next: string, event: Event): void => {
    setText(next);
    const inputType = event instanceof InputEvent ? event.inputType : undefined;
    const chosen = chosenName({ text: next, inputType }, names);
    if (chosen !== undefined && chosen !== workspaceId) go(chosen);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') go(text.trim());
  };
  return (
    <form className="workspace-search" role="search" onSubmit={submit}>
      <input
        {...{ type: 'search', 'aria-label': 'Workspace', title, list, value: text, placeholder: 'Find a workspace' }}
        {...{ autoComplete: 'off', spellCheck: false }}
        onFocus={({ target }) => target.select()}
        onChange={({ target, nativeEvent }) => change(target.value, nativeEvent)}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </form>
  );
}
