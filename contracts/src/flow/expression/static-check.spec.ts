import { describe, expect, test } from 'vitest';
import { expressionFault } from '../semantic-expressions.js';
import { runRoots } from './static-check.js';

const nodeIds = new Set(['charge-card', 'load', 'step-2a', 'a-b-c']);
const roots = runRoots(['region', 'charge', 'card'], ['load']);
const fault = (text: string) => expressionFault(text, { nodeIds, roots }, {});
const open = (text: string) => expressionFault(text, { nodeIds, roots: undefined }, {});

describe('hyphenated node ids (flow-language 3.3(2))', () => {
  const written = (id: string) => `'${id}' is a node id; write nodes["${id}"]`;

  test.each([
    ['charge-card.ok', 'charge-card'],
    ['1 + (charge-card)', 'charge-card'],
    ['!charge-card.ok', 'charge-card'],
    ['step-2a.ok', 'step-2a'],
    ['charge-card', 'charge-card'],
    ['a-b-c > 1', 'a-b-c'],
  ])('%s', (text, id) => {
    expect(fault(text)).toBe(written(id));
  });

  test.each([
    'charge - card > 0',
    'charge -card > 0',
    'nodes["charge-card"].ok',
    "nodes['charge-card'].ok",
    'r"charge-card" == ""',
    '"""charge-card""" == ""',
    'region.charge-card == 0',
    'charge-card-charge == 0',
    'true // charge-card',
  ])('%s is accepted', (text) => {
    expect(fault(text)).toBeUndefined();
  });
});

describe('unknown nodes and fields (flow-language 3.3(3))', () => {
  test.each([
    ['nodes.ghost.ok', "unknown node 'ghost'"],
    ['has(nodes.ghost)', "unknown node 'ghost'"],
    ['nodes["no such"].ok', "unknown node 'no such'"],
    ['.nodes.ghost', "unknown node 'ghost'"],
    ['[1].map(x, nodes.ghost)', "unknown node 'ghost'"],
    ['execution.tenant', "unknown field 'tenant'"],
    ['nobody && nodes.ghost', "unknown node 'ghost'"],
  ])('%s', (text, reason) => {
    expect(fault(text)).toBe(reason);
  });

  test.each(['nodes[region].ok', '"ghost" in nodes', '[{"g": 1}].all(nodes, nodes.g == 1)', 'execution.startedAt'])(
    '%s is accepted',
    (text) => {
      expect(fault(text)).toBeUndefined();
    },
  );
});

describe('unknown identifiers (flow-language 3.3(4))', () => {
  test.each([
    ['rows > 1', 'rows'],
    ['region == other', 'other'],
    ['[1].exists(x, y == x)', 'y'],
    ['x.map(x, x)', 'x'],
    ['{k: 1}', 'k'],
    ['google.protobuf.Nothing', 'google'],
  ])('%s', (text, name) => {
    expect(fault(text)).toBe(`unknown identifier '${name}'`);
    expect(open(text)).toBeUndefined();
  });

  test.each([
    'region == "eu" && load.x == inputs.anything && execution.version == 1',
    '[1].exists(x, [2].all(y, x + y > 0))',
    'type(region) == string && type(1) == int && type(null) == null_type',
    'type(timestamp(0)) == google.protobuf.Timestamp',
    'google.protobuf.Duration{seconds: 1} == duration("1s")',
  ])('%s is accepted', (text) => {
    expect(fault(text)).toBeUndefined();
  });
});
