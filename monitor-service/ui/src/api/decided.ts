import { FlowplaneError, isPending, type FlowplaneClient } from '@flowplane/contracts/client';

/** Nobody knows yet what a command comes to; it may still take effect. */
export class Undecided extends Error {
  override readonly name = 'Undecided';
}

/** A command was refused after all: nothing was done. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** An answer that does not say that the command is undecided. */
type Decided<Body> = Exclude<Body, { readonly status: 'pending' }>;

/**
 * What a command has come to, also where its first answer (202) left that open. Pages can read its effect then: the record
 * of a command becomes readable in one transaction with what it has changed.
 *
 * @throws Refused that says why; Undecided when that stays open for long
 */
export async function decided<Body extends object>(flowplane: FlowplaneClient, body: Body): Promise<Decided<Body>> {
  if (!isPending(body)) return body as Decided<Body>;
  const { status, result, error } = await flowplane.decided(body.commandId).catch((cause: unknown) => {
    if (cause instanceof FlowplaneError) throw cause;
    throw new Undecided('It is accepted and not decided yet. Look again in a while.', { cause });
  });
  if (status === 'rejected') throw new Refused(error?.message ?? 'It was refused.');
  return result as Decided<Body>;
}
