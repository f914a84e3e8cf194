import { isPending, type FlowplaneClient } from '@flowplane/contracts/client';

type Pending = { readonly commandId: string; readonly status: 'pending' };

/**
 * What a command has led to, once it is decided.
 *
 * @throws Error that says why it was refused after all
 */
export async function settled<Body extends object>(
  flowplane: FlowplaneClient,
  body: Body,
): Promise<Exclude<Body, Pending>> {
  if (!isPending(body)) return body as Exclude<Body, Pending>;
  const { status, result, error } = await flowplane.decided(body.commandId);
  if (status === 'rejected')
    throw new Error((error as { readonly message?: string } | null)?.message ?? 'It was refused.');
  return result as Exclude<Body, Pending>;
}
