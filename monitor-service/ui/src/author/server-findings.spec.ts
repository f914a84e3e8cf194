import { expect, it } from 'vitest';
import { check } from './language/check.js';
import { askedFindings, movedTo, onlyAsked } from './server-findings.js';

const TEXT = `apiVersion: v1.0
name: Sub
nodes:
  - { id: a, type: task, taskType: http.requst, next: b }
  - { id: b, type: sub-flow, flowId: other, flowVersion: '1' }
`;

it('errors of the API stand at the lines that it names, and what the page has found keeps its place', () => {
  const own = check(TEXT);
  const [unknown] = own.findings;
  const asked = askedFindings(own, [
    { code: 'FLW-E006', nodeId: 'a', message: "Unknown task type 'http.requst'.", line: 1, column: 1 },
    { code: 'FLW-E004', nodeId: 'b', message: "Sub-flow 'other' version '1': no such.", line: 5, column: 45 },
  ]);
  expect(asked[0]).toEqual(unknown);
  expect(asked[1]).toMatchObject({ severity: 'error', line: 5, nodeId: 'b' });
  expect(TEXT.slice(asked[1]?.from, asked[1]?.to)).toBe("flowVersion: '1' }");
});

it('what only the API has found stays where it is while one types, until the API has answered again', () => {
  const own = check(TEXT);
  const asked = askedFindings(own, [
    { code: 'FLW-E006', nodeId: 'a', message: "Unknown task type 'http.requst'.", line: 1, column: 1 },
    { code: 'FLW-E004', nodeId: 'b', message: "Sub-flow 'other' version '1': no such.", line: 5, column: 45 },
  ]);
  const kept = onlyAsked(own, asked);
  expect(kept.findings.map(({ code }) => code)).toEqual(['FLW-E004']);
  const shownIn = (text: string) =>
    movedTo(check(text), kept).findings.map(({ from, to, line, column }) => ({
      marked: text.slice(from, to),
      line,
      column,
    }));
  const marked = "flowVersion: '1' }";
  expect(shownIn(TEXT)).toEqual([{ marked, line: 5, column: 45 }]);
  // Written before it, behind it, and in it.
  expect(shownIn(TEXT.replace('name: Sub', 'name: Sub\nlabels: {}'))).toEqual([{ marked, line: 6, column: 45 }]);
  expect(shownIn(`${TEXT}  - { id: c }\n`)).toEqual([{ marked, line: 5, column: 45 }]);
  expect(shownIn(TEXT.replace("'1'", "'12'"))).toEqual([{ marked: "flowVersion: '12' }", line: 5, column: 45 }]);
  // Its line is gone.
  expect(shownIn(TEXT.split('\n').slice(0, 4).join('\n'))).toEqual([]);
  // The page itself says it once only.
  expect(movedTo(own, { text: TEXT, findings: own.findings }).findings).toEqual([]);
});

it('what only the API has found stays as long as it was over two changes, before it and behind it', () => {
  const own = check(TEXT);
  const error = {
    code: 'FLW-E004',
    nodeId: 'b',
    message: "Sub-flow 'other' version '1': no such.",
    line: 5,
    column: 45,
  };
  const kept = onlyAsked(own, askedFindings(own, [error]));
  const first = TEXT.replace('name: Sub', 'name: Submarine');
  const second = `${first}  - { id: c }\n`;
  const { text, findings } = movedTo(check(second), movedTo(check(first), kept));
  expect(findings.map(({ from, to }) => text.slice(from, to))).toEqual(["flowVersion: '1' }"]);
});
