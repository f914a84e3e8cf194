import { expect, test } from 'vitest';
import { readCommandServiceConfig } from './config.js';

const ENV = { KAFKA_BROKERS: 'localhost:9092', FLOWS_DB_URL: 'postgres://localhost/flowplane' };
const rolesOf = (roles: string): readonly string[] =>
  readCommandServiceConfig({ ...ENV, FLOWS_COMMAND_ROLES: roles }).roles;

test('a process runs the configured parts, by default both', () => {
  expect(readCommandServiceConfig(ENV).roles).toEqual(['shell', 'decider']);
  expect(rolesOf('decider')).toEqual(['decider']);
  expect(rolesOf('decider, shell')).toEqual(['decider', 'shell']);
});

test.each(['deciders', 'shell,oops', ','])('roles %s are refused', (roles) => {
  expect(() => rolesOf(roles)).toThrow('FLOWS_COMMAND_ROLES must be one or both of shell, decider');
});
