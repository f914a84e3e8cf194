import type { Finding } from './language/requests.js';

export type FindingsListProps = {
  /** Undefined: it is not known yet. */
  readonly findings: readonly Finding[] | undefined;
  readonly onSelect?: (finding: Finding) => void;
};

/** What is wrong with a text, or probably is; a click leads there. */
export function FindingsList({ findings, onSelect }: FindingsListProps) {
  if (findings === undefined) return <p className="soft">Checking…</p>;
  if (findings.length === 0) return <p className="soft">Nothing is wrong with it.</p>;
  return (
    <ul className="findings">
      {findings.map((finding, index) => (
        <li key={index} data-severity={finding.severity}>
          {onSelect === undefined ? (
            <Said {...finding} />
          ) : (
            <button onClick={() => onSelect(finding)}>
              <Said {...finding} />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Said({ severity, line, nodeId, message, hint, code }: Finding) {
  return (
    <>
      <span className="severity">{severity === 'error' ? '✕ Error' : '⚠ Warning'}</span>
      <span className="soft number">line {line}</span>
      <span className="said">
        {nodeId !== null && <strong>{nodeId}: </strong>}
        {message}
        {hint !== undefined && <em> {hint}</em>} <code className="soft">{code}</code>
      </span>
    </>
  );
}

/** How many errors and warnings there are, in words. */
export function countsOf(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const parts = [
    ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? 'error' : 'errors'}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ];
  return parts.length === 0 ? 'no errors' : parts.join(', ');
}
