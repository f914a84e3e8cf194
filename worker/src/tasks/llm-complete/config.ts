import { durationMs, list, optional, text, url } from '@flowplane/plumbing/config';

/** The operator's provider of language models (tasks 3.6). */
export const LLM_ENTRIES = {
  /** Base address of the provider of language models (tasks 3.6); unset: tasks need a connection. */
  llmUrl: optional(url('FLOWS_LLM_URL')),
  /** Key that is sent to that provider. */
  llmApiKey: optional(text('FLOWS_LLM_API_KEY')),
  /** Models that flows may ask for, with connections too; unset: all. */
  llmModels: optional(list('FLOWS_LLM_MODELS')),
  /** How long one completion may take. */
  llmTimeoutMs: durationMs('FLOWS_LLM_TIMEOUT', 120_000, { min: 1, max: 86_400_000 }),
};
