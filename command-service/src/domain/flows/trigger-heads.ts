import { detailOf, type EncryptedSecret, type TriggerRegistration } from '@flowplane/contracts';

/** A trigger of the latest version of a flow: what is needed to decide whether a fire of it counts. */
export type TriggerHead = {
  readonly kind: TriggerRegistration['kind'];
  /** Webhook: the secret in force; null: none, so that no signature is valid. */
  readonly secretId: string | null;
  readonly previousSecretId: string | null;
  /** Epoch milliseconds. */
  readonly previousValidUntil: number;
};

/** Triggers of a version that is published now; a webhook keeps its secret unless the publish made one. */
export function headsOf(
  registrations: readonly TriggerRegistration[],
  before: ReadonlyMap<string, TriggerHead>,
): ReadonlyMap<string, TriggerHead> {
  const heads = new Map<string, TriggerHead>();
  for (const registration of registrations) {
    const detail = detailOf(registration);
    if (detail.failed === true) continue;
    const { kind, triggerId } = registration;
    const secretId = detail.kind === 'webhook' ? (detail.secret?.secretId ?? null) : null;
    const kept = detail.kind === 'webhook' && secretId === null ? before.get(triggerId) : undefined;
    heads.set(triggerId, kept ?? { kind, secretId, previousSecretId: null, previousValidUntil: 0 });
  }
  return heads;
}

/** Whether a publish made a secret for a webhook that has one by now: those of another publish at the same time stay. */
export const replacesSecrets = (
  registrations: readonly TriggerRegistration[],
  before: ReadonlyMap<string, TriggerHead>,
): boolean =>
  registrations.some((registration) => {
    const secretId = before.get(registration.triggerId)?.secretId ?? null;
    if (secretId === null) return false;
    const detail = detailOf(registration);
    return detail.kind === 'webhook' && detail.failed !== true && detail.secret !== null;
  });

/** Whether a signature by this secret counts at this time. */
export const acceptsSecret = (trigger: TriggerHead, secretId: string | null, now: number): boolean =>
  secretId !== null &&
  (trigger.secretId === secretId || (trigger.previousSecretId === secretId && now < trigger.previousValidUntil));

/** @param previousValidUntil epoch milliseconds; null: the previous secret is invalid at once */
export const rotated = (
  trigger: TriggerHead,
  { secretId }: EncryptedSecret,
  previousValidUntil: number | null,
): TriggerHead => ({
  ...trigger,
  secretId,
  previousSecretId: previousValidUntil === null ? null : trigger.secretId,
  previousValidUntil: previousValidUntil ?? 0,
});
