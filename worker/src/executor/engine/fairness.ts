/**
 * Whose a run is, for the engine: it hands out what waits for a worker tenant by tenant in turns, where it has fairness. What
 * a run starts inherits it. A key has at most 64 bytes, as ids of tenants have.
 */
export const fairnessOf = ({ tenantId }: { readonly tenantId: string }): { readonly fairnessKey: string } => ({
  fairnessKey: tenantId,
});
