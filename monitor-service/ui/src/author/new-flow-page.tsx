import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { DocsLink } from '../parts/docs-link.js';
import { useWorkspace } from '../session/use-workspace.js';
import '../styles/author.css';
import { Author } from './author.js';
import { useUnsavedPlace } from './edit-page.js';
import { examples } from './examples.js';
import { recallUnsaved } from './unsaved.js';

const EMPTY = `apiVersion: v1.0
name: My flow
nodes:
  - id: first
    type: task
    taskType: http.request
    input: { url: https://example.com }
`;

/** A flow that is not there yet: with what it begins, and then its text. */
export default function NewFlowPage() {
  const { workspaceId } = useWorkspace();
  const [search, setSearch] = useSearchParams();
  const chosen = search.get('from');
  const place = useUnsavedPlace(null, chosen);
  const [known] = useState(examples);
  if (place === undefined) return <p className="page soft">Looking who you are…</p>;
  const initial = chosen === 'empty' ? EMPTY : known[Number(chosen) - 1]?.yaml;
  if (chosen !== null && initial !== undefined)
    return <Author key={JSON.stringify([workspaceId, chosen])} {...{ place, flow: null, revision: null, initial }} />;
  const choices = [
    { from: 'empty', title: 'An empty flow', about: 'One call, to be replaced by your own nodes.' },
    ...known.map((example, index) => ({ ...example, from: String(index + 1) })),
  ];
  return (
    <div className="page">
      <title>New flow · Flowplane</title>
      <h1>New flow</h1>
      <p className="soft">
        What shall it begin with? Everything can be changed afterwards.{' '}
        <DocsLink page="language">The language</DocsLink> and the <DocsLink page="cookbook">cookbook</DocsLink> say how
        flows are written.
      </p>
      <ul className="beginnings">
        {choices.map(({ from, title, about }) => (
          <li key={from}>
            <button onClick={() => setSearch({ from })}>
              <strong>{title}</strong>
              <span className="soft">{about}</span>
              {recallUnsaved({ ...place, from }) !== undefined && <em>Your unsaved text is still here.</em>}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
