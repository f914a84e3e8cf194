/** Nobody has answered: the network, Flowplane or a gateway is away. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * The answer of a `fetch`, whose failures without an answer can then be told from mistakes in the pages: browsers throw a
 * TypeError for both.
 */
export async function reached<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof TypeError) throw new Unreachable(cause.message, { cause });
    throw cause;
  }
}
