import { memo, useDeferredValue, useEffect, useRef, useState } from 'react';
import { ActionButton } from '../parts/action-button.js';
import { download } from '../parts/download.js';
import { Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { linesUpTo } from './log-lines.js';
import type { LogLine, RunView } from './run-model.js';

/** Lines that are shown at once; all that the page keeps are searched. */
export const SHOWN_LINES = 500;
const LEVELS = ['info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

/** What happened, line by line. */
export function RunLog({ view, executionId }: { readonly view: RunView; readonly executionId: string }) {
  const { flowplane } = useWorkspace();
  const [text, setText] = useState('');
  const [level, setLevel] = useState<Level>('info');
  const wanted = useDeferredValue(text.toLowerCase());
  const { log: lines, leftOut } = view;
  const found = lines.filter(
    (line) =>
      LEVELS.indexOf(line.level) >= LEVELS.indexOf(level) &&
      (wanted === '' || `${line.nodeId ?? ''} ${line.message}`.toLowerCase().includes(wanted)),
  );
  const shown = found.slice(-SHOWN_LINES);
  const reading = useRef<AbortController>(null);
  useEffect(() => () => reading.current?.abort(), []);
  const save = async (): Promise<void> => {
    const last = lines.at(-1);
    if (leftOut === 0 || last === undefined) return downloadLog(lines, executionId);
    const { signal } = (reading.current = new AbortController());
    const whole = await linesUpTo(flowplane.watch(executionId, { signal }), last.key);
    if (!signal.aborted) downloadLog(whole, executionId);
  };
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
        <ActionButton name="Download" act={save} isDisabled={lines.length === 0} />
        <span className="soft" role="status">
          {found.length} of {lines.length} lines
        </span>
      </div>
      {(leftOut > 0 || shown.length < found.length) && (
        <p className="soft">
          {shown.length < found.length && `The last ${shown.length} of these lines are shown. `}
          {leftOut > 0 && `The first ${leftOut} lines of the run are not on this page. `}
          The download has all lines.
        </p>
      )}
      <ol className="lines">
        {shown.map((line) => (
          <Line key={line.key} line={line} />
        ))}
      </ol>
      {found.length === 0 && (
        <p className="empty">{lines.length === 0 ? 'Nothing has happened yet.' : 'No line fits.'}</p>
      )}
    </div>
  );
}

const Line = memo(function Line({ line }: { readonly line: LogLine }) {
  return (
    <li data-level={line.level}>
      <Time at={line.at} isExact />
      <b>{line.nodeId}</b>
      <span>{line.message}</span>
    </li>
  );
});

function downloadLog(lines: readonly LogLine[], executionId: string): void {
  const text = lines.map(({ at, level, nodeId, message }) => [at ?? '', level, nodeId ?? '', message].join('\t'));
  download(`${text.join('\n')}\n`, { name: `${executionId}.log`, type: 'text/plain' });
}
