import { useDeferredValue, useState } from 'react';
import { download } from '../parts/download.js';
import { Time } from '../parts/time.js';
import type { LogLine } from './run-model.js';

/** Lines that are shown at once; all of them are searched and downloaded. */
const SHOWN_LINES = 2_000;
const LEVELS = ['info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

/** What happened, line by line. */
export function RunLog({ lines, executionId }: { readonly lines: readonly LogLine[]; readonly executionId: string }) {
  const [text, setText] = useState('');
  const [level, setLevel] = useState<Level>('info');
  const wanted = useDeferredValue(text.toLowerCase());
  const found = lines.filter(
    (line) =>
      LEVELS.indexOf(line.level) >= LEVELS.indexOf(level) &&
      (wanted === '' || `${line.nodeId ?? ''} ${line.message}`.toLowerCase().includes(wanted)),
  );
  return (
    <div className="log">
      <div className="tools">
        <input
          {...{ type: 'search', placeholder: 'Search the log', 'aria-label': 'Search the log', value: text }}
          onChange={(event) => setText(event.target.value)}
        />
        <label>
          From{' '}
          <select value={level} onChange={(event) => setLevel(event.target.value as Level)}>
            {LEVELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button onClick={() => downloadLog(lines, executionId)} disabled={lines.length === 0}>
          Download
        </button>
        <span className="soft" role="status">
          {found.length} of {lines.length} lines
        </span>
      </div>
      <ol className="lines">
        {found.slice(-SHOWN_LINES).map((line) => (
          <li key={line.key} data-level={line.level}>
            <Time at={line.at} isExact />
            <b>{line.nodeId}</b>
            <span>{line.message}</span>
          </li>
        ))}
      </ol>
      {found.length === 0 && (
        <p className="empty">{lines.length === 0 ? 'Nothing has happened yet.' : 'No line fits.'}</p>
      )}
    </div>
  );
}

function downloadLog(lines: readonly LogLine[], executionId: string): void {
  const text = lines.map(({ at, level, nodeId, message }) => [at ?? '', level, nodeId ?? '', message].join('\t'));
  download(`${text.join('\n')}\n`, { name: `${executionId}.log`, type: 'text/plain' });
}
