import type { JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { created, onMlEndpoint } from '../../../../test/tasks/provisioning.js';
import { driftOf } from '../drift/drift.js';
import { CLOCK_SKEW_MS, lookFor, type Found } from './look-for.js';

const trial = onMlEndpoint();
const { failure } = trial;
const signal = new AbortController().signal;
const SINCE_MS = 1_000_000_000;
const look = (type: string, inputs: JsonObject, sinceMs = SINCE_MS): Promise<Found> =>
  lookFor(type, { client: trial.client(), signal, inputs, sinceMs });

describe('after a create whose answer was lost', () => {
  it('the one thing of that name that was created since is found', async () => {
    const inputs = { name: 'g"1', description: 'd' };
    trial.ml().behave('POST model_groups/_register', { kind: 'lose-answer' });
    await failure('register_model_group', inputs);
    const [id] = trial.ml().documents('model_groups').keys();
    expect(await look('register_model_group', inputs)).toEqual({ kind: 'found', id });
  });

  it('nothing is found when the request did not arrive', async () => {
    trial.ml().behave('POST model_groups/_register', { kind: 'lose-request' });
    await failure('register_model_group', { name: 'g' });
    expect(await look('register_model_group', { name: 'g' })).toEqual({ kind: 'not-found' });
  });

  it.each<[string, 'connectors' | 'models' | 'agents', JsonObject]>([
    ['create_connector', 'connectors', { name: 'n', protocol: 'http' }],
    ['register_remote_model', 'models', { name: 'n', connector_id: 'c1' }],
    ['register_local_custom_model', 'models', { name: 'n' }],
    ['register_agent', 'agents', { name: 'n', type: 'flow' }],
  ])('%s: what is older, or another, is not it', async (type, kind, inputs) => {
    trial.ml().put(kind, 'older', { ...inputs, created_time: SINCE_MS - CLOCK_SKEW_MS - 1 });
    for (const name of Object.keys(inputs)) {
      trial.ml().put(kind, `other ${name}`, { ...inputs, [name]: 'other', created_time: SINCE_MS });
    }
    expect(await look(type, inputs)).toEqual({ kind: 'not-found' });
    trial.ml().put(kind, 'it', { ...inputs, created_time: SINCE_MS });
    expect(await look(type, inputs)).toEqual({ kind: 'found', id: 'it' });
    trial.ml().put(kind, 'twin', { ...inputs, created_time: SINCE_MS + 1 });
    expect(await look(type, inputs)).toMatchObject({ kind: 'unknown' });
  });

  it('what was created at about that time by another clock, or at a time that is not told, is unknown', async () => {
    trial.ml().put('agents', 'a', { name: 'n', created_time: SINCE_MS - 1 });
    trial.ml().put('agents', 'b', { name: 'm' });
    expect(await look('register_agent', { name: 'n' })).toMatchObject({ kind: 'unknown' });
    expect(await look('register_agent', { name: 'm' })).toMatchObject({ kind: 'unknown' });
  });

  it('a server that fails, breaks off or is not asked leaves it unknown', async () => {
    trial.ml().behave('POST agents/_search', { kind: 'fail', status: 503, type: 'x', reason: 'y' });
    expect(await look('register_agent', { name: 'n' })).toMatchObject({ kind: 'unknown' });
    trial.ml().behave('POST agents/_search', { kind: 'lose-answer' });
    expect(await look('register_agent', { name: 'n' })).toMatchObject({ kind: 'unknown' });
    expect(await look('register_agent', { name: 'n'.repeat(257) })).toMatchObject({ kind: 'unknown' });
    expect(await look('create_tool', {})).toMatchObject({ kind: 'unknown' });
    trial
      .ml()
      .behave('POST agents/_search', { kind: 'fail', status: 404, type: 'index_not_found_exception', reason: 'y' });
    expect(await look('register_agent', { name: 'n' })).toEqual({ kind: 'not-found' });
  });
});

describe('drift', () => {
  const drift = (step: string, type: string, id: string, inputs: JsonObject = {}): Promise<string> =>
    driftOf(created(step, type, id), { client: trial.client(), signal, inputs });

  it.each<[string, string, 'connectors' | 'model_groups' | 'models' | 'agents']>([
    ['create_connector', 'connector_id', 'connectors'],
    ['register_model_group', 'model_group_id', 'model_groups'],
    ['register_remote_model', 'model_id', 'models'],
    ['register_agent', 'agent_id', 'agents'],
  ])('%s: missing, present and changed', async (step, type, kind) => {
    expect(await drift(step, type, 'x')).toBe('missing');
    trial.ml().put(kind, 'x', { name: 'n' });
    expect(await drift(step, type, 'x', { name: 'n' })).toBe('present');
    expect(await drift(step, type, 'x', { name: '${{ name }}', description: 'not kept' })).toBe('present');
    expect(await drift(step, type, 'x', { name: 'another' })).toBe('changed');
    trial.ml().behave(`GET ${kind}/*`, { kind: 'fail', status: 500, type: 'x', reason: 'y' });
    expect(await drift(step, type, 'x')).toBe('unknown');
    trial.ml().behave(`GET ${kind}/*`, { kind: 'lose-request' });
    expect(await drift(step, type, 'x')).toBe('unknown');
  });

  it('a deployment is there while the model is deployed', async () => {
    const states = ['DEPLOYED', 'PARTIALLY_DEPLOYED', 'UNDEPLOYED', 'REGISTERED'];
    const found: string[] = [];
    for (const state of states) {
      trial.ml().put('models', 'm', { name: 'n', model_state: state });
      found.push(await drift('deploy_model', 'model_id', 'm'));
    }
    expect(found).toEqual(['present', 'present', 'missing', 'missing']);
    trial.ml().remove('models', 'm');
    expect(await drift('deploy_model', 'model_id', 'm')).toBe('missing');
  });
});
