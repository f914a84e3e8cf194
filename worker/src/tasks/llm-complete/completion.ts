import type { Json, JsonObject } from '@flowplane/contracts';

type Members = Readonly<Record<string, Json | undefined>>;

/**
 * The output of an answer of the chat-completions protocol; undefined where it has no message. Counts of tokens that the
 * provider leaves out are null, but a total of two that it gives is their sum.
 */
export function completionIn(answer: Members | undefined, model: string): JsonObject | undefined {
  const [first] = listOf(answer?.['choices']);
  const message = objectOf(objectOf(first)?.['message']);
  const content = message?.['content'] ?? null;
  if (message === undefined || (content !== null && typeof content !== 'string')) return undefined;
  return {
    // A model that only asks for tools, which a task cannot give it, says nothing.
    content: content ?? '',
    usage: usageOf(objectOf(answer?.['usage']) ?? {}),
    model: typeof answer?.['model'] === 'string' ? answer['model'] : model,
  };
}

function usageOf(usage: Members): JsonObject {
  const promptTokens = countOf(usage['prompt_tokens']);
  const completionTokens = countOf(usage['completion_tokens']);
  const sum = promptTokens === null || completionTokens === null ? null : promptTokens + completionTokens;
  return { promptTokens, completionTokens, totalTokens: countOf(usage['total_tokens']) ?? sum };
}

const countOf = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;

const objectOf = (value: Json | undefined): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
