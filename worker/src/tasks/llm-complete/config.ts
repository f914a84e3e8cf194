import { durationMs, list, optional, text, url } from '@flowplane/plumbing/config';

/** The operator's provider of language models (tasks 3.6). */
export const LLM_ENTRIES = {
  llmUrl: optional(url('FLOWS_LLM_URL')),
  llmApiKey: optional(text('FLOWS_LLM_API_KEY')),
  llmModels: optional(list('FLOWS_LLM_MODELS')),
  llmTimeoutMs: durationMs('FLOWS_LLM_TIMEOUT', 120_000, { min: 1, max: 86_400_000 }),
};
