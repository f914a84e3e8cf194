import { expect, it } from 'vitest';
import { check } from './language/check.js';
import { askedFindings } from './server-findings.js';

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
