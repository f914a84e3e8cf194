import { detailOf, type EncryptedSecret, type TriggerRegistration } from '@flowplane/contracts';

/** A trigger of the latest version of a flow: what is needed to decide whether a fire of it counts. */
export type TriggerHead = {
  readonly kind: TriggerRegistration['kind'];
  /** Webhook: the secret in force; null: none, so that no signature is valid. */
  secretId: string | null;
  previousSecretId: string | null;
  /** Epoch milliseconds. */
  previousValidUntil: number;
};

/** Triggers of a version that is published now; a webhook keeps its secret unless the publish made one. */
export function headsOf(
  registrations: readonly TriggerRegistration[],
  before: ReadonlyMap<string, TriggerHead>,
): Map<string, TriggerHead> {
  const heads = new Map<string, TriggerHead>();
  for (const registration of registrations) {
    const detail = detailOf(registration);
    if (detail.failed === true) continue;
    const { triggerId } = registration;
    const kept = detail.kind === 'webhook' && detail.secret === null ? before.get(triggerId) : undefined;
    heads.set(
      triggerId,
      kept ?? head(registration.kind, detail.kind === 'webhook' ? (detail.secret?.secretId ?? null) : null),
    );
  }
  return heads;
}

const head = (kind: TriggerRegistration['kind'], secretId: string | null): TriggerHead => ({
  kind,
  secretId,
  previousSecretId: null,
  previousValidUntil: 0,
});

/** Whether a signature by this secret counts at this time. */
export const acceptsSecret = (trigger: TriggerHead, secretId: string | null, now: number): boolean =>
  secretId !== null &&
  (trigger.secretId === secretId || (trigger.previousSecretId === secretId && now < trigger.previousValidUntil));

export function rotateSecret(trigger: TriggerHead, secret: EncryptedSecret, previousValidUntil: number | null): void {
  trigger.previousSecretId = previousValidUntil === null ? null : trigger.secretId;
  trigger.previousValidUntil = previousValidUntil ?? 0;
  trigger.secretId = secret.secretId;
}
