import { describe, expect, test } from 'vitest';
import { passed, refused } from '../../test/templates.js';
import { provisionWorkflow } from './document.js';
import { placeholderNames } from './placeholders.js';
import { useCaseNames, useCaseTemplate } from './use-case.js';
import { USE_CASES } from './use-cases/index.js';
import { validateTemplate } from './validation.js';

const C = 'create_connector';
const REMOTE = 'register_remote_model';
const PIPE = 'create_ingest_pipeline';
const INDEX = 'create_index';
const SEARCH = 'create_search_pipeline';
const K = `${C}.credential.key`;
const M = `${PIPE}.model_id`;
const A = (id = C) => ['access_key', 'secret_key', 'session_token'].map((key) => `${id}.credential.${key}`);
const DEPLOY = [C, REMOTE, 'deploy_model'];

/** The table of the specification: required parameters and steps. */
const TABLE: Readonly<Record<string, readonly [required: readonly string[], steps: readonly string[]]>> = {
  open_ai_embedding_model_deploy: [[K], DEPLOY],
  cohere_embedding_model_deploy: [[K], DEPLOY],
  cohere_chat_model_deploy: [[K], DEPLOY],
  openai_chat_model_deploy: [[K], DEPLOY],
  bedrock_titan_embedding_model_deploy: [A(), DEPLOY],
  bedrock_titan_multimodal_model_deploy: [A(), DEPLOY],
  local_neural_sparse_search_bi_encoder: [[], ['register_local_sparse_encoding_model', PIPE, INDEX]],
  semantic_search: [[M], [PIPE, INDEX]],
  multimodal_search: [[M], [PIPE, INDEX]],
  semantic_search_with_query_enricher: [[M], [PIPE, SEARCH, INDEX]],
  hybrid_search: [[M], [PIPE, INDEX, SEARCH]],
  multimodal_search_with_bedrock_titan: [A(), [C, REMOTE, PIPE, INDEX]],
  semantic_search_with_cohere_embedding: [[K], [C, REMOTE, PIPE, INDEX]],
  semantic_search_with_cohere_embedding_query_enricher: [[K], [C, REMOTE, PIPE, SEARCH, INDEX]],
  semantic_search_with_local_model: [[], ['register_local_pretrained_model', PIPE, INDEX]],
  hybrid_search_with_local_model: [[], ['register_local_pretrained_model', PIPE, INDEX, SEARCH]],
  semantic_search_with_reindex: [
    [K, 'reindex.source_index'],
    [C, REMOTE, PIPE, INDEX, 'reindex'],
  ],
  conversational_search_with_llm_deploy: [[K], [C, REMOTE, SEARCH]],
  'conversational-search-with-bedrock-rag-tool': [
    A(),
    [C, C, REMOTE, REMOTE, PIPE, INDEX, 'create_tool', 'register_agent'],
  ],
  agentic_search_with_flow_agent: [A(), [C, REMOTE, 'create_tool', 'register_agent', SEARCH]],
  agentic_search_with_conversational_agent: [
    A(),
    [C, REMOTE, 'create_tool', 'create_tool', 'create_tool', 'register_agent', SEARCH],
  ],
};

const given = (name: string) => Object.fromEntries((TABLE[name]?.[0] ?? []).map((key) => [key, `given-${key}`]));
const textOf = (value: unknown) => JSON.stringify(value);

test('there are those of the table', () => {
  expect(useCaseNames.toSorted()).toEqual(Object.keys(TABLE).toSorted());
});

describe.each(USE_CASES)('$name', ({ name, required, defaults, template }) => {
  test('makes a template with the steps of the table, which passes validation', () => {
    const made = passed(useCaseTemplate(name, given(name)));
    expect(provisionWorkflow(made)?.nodes.map(({ type }) => type)).toEqual(TABLE[name]?.[1]);
    passed(validateTemplate(made, { maxSteps: 50, plugins: ['opensearch-ml'] }));
    expect(made.name).toBe(defaults['template.name']);
  });

  test('needs what the table says', () => {
    expect(required).toEqual(TABLE[name]?.[0]);
    if (required.length > 0) {
      const message = `Missing the following required parameters for use case [${name}] : [${required.join(', ')}]`;
      expect(refused(useCaseTemplate(name, undefined))).toEqual({ status: 400, message });
      expect(refused(useCaseTemplate(name, {}))).toEqual({ status: 400, message });
    }
  });

  test('puts in every default, and an override in its place', () => {
    const used = placeholderNames(textOf(template));
    for (const key of Object.keys(defaults)) {
      expect(used, key).toContain(key);
      const value = `override of ${key}`;
      expect(textOf(passed(useCaseTemplate(name, { ...given(name), [key]: value }))), key).toContain(value);
    }
    // What is left are outputs of nodes.
    const outputs = /^[a-z_]+\.(model_id|pipeline_id|agent_id|index_name)$/;
    const left = placeholderNames(textOf(passed(useCaseTemplate(name, given(name))).workflows));
    expect([...left].filter((placeholder) => !outputs.test(placeholder))).toEqual([]);
  });
});

describe('overrides', () => {
  const made = (overrides: object) => passed(useCaseTemplate('semantic_search', { [M]: '', ...overrides }));
  const inputs = (overrides: object) => provisionWorkflow(made(overrides))?.nodes[1]?.userInputs;

  test('numbers and booleans become texts, lists JSON texts, an unknown key nothing', () => {
    expect(inputs({ 'create_index.name': 5 })?.['index_name']).toBe('5');
    expect(inputs({ 'create_index.name': true })?.['index_name']).toBe('true');
    expect(inputs({ 'create_index.name': ['a', 1] })?.['index_name']).toBe('["a",1]');
    expect(textOf(made({ 'no.such.key': 'UNUSED' }))).not.toContain('UNUSED');
  });

  test('a map is put in as one where nothing else stands', () => {
    expect(inputs({ 'create_index.name': { a: 1 } })?.['index_name']).toEqual({ a: '1' });
  });

  test('a quote or a placeholder in a value stays what it is', () => {
    const name = 'a "quoted" \\ ${{create_index.settings.number_of_shards}}';
    expect(inputs({ 'create_index.name': name })?.['index_name']).toBe(name);
  });

  test.each([[['a']], ['text'], [{ [M]: null }], [{ [M]: { a: { b: 1 } } }], [5]])('%j is refused', (body) => {
    expect(refused(useCaseTemplate('semantic_search', body))).toEqual({
      status: 400,
      message:
        'failure parsing request body when a use case is given, make sure to provide a map with values that are either Strings, Arrays, or Map of Strings to Strings',
    });
  });

  test('an unknown use case is refused', () => {
    expect(refused(useCaseTemplate('nope', {}))).toEqual({
      status: 400,
      message: 'Unable to find substitution ready file for use case: nope',
    });
  });
});
