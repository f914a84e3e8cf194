import {
  KEY_DERIVATION,
  signEnvelope,
  workspaceKey,
  type SignedEnvelope,
  type TenantEnvelope,
} from '@flowplane/contracts';

/** The envelope of a run, signed under its workspace's key. @param secret FLOW_EXECUTION_TOKEN_SECRET */
export function vouchedEnvelope(
  secret: string,
  { tenantId, workspaceId, flowId, flowVersion, executionId }: Omit<TenantEnvelope, 'keyDerivation'>,
): SignedEnvelope {
  const envelope = { tenantId, workspaceId, flowId, flowVersion, executionId, keyDerivation: KEY_DERIVATION };
  return signEnvelope(envelope, workspaceKey(secret, tenantId, workspaceId));
}
