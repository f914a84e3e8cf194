import type { TemplateResource } from './document.js';
import type { TemplateError } from './errors.js';
import { listed } from './errors.js';
import { stepType } from './step-types.js';

/** One removal. */
export type DeprovisionStep = {
  /** Step type to run. */
  readonly type: string;
  readonly resource: TemplateResource;
};

export type DeprovisionPlan = {
  /** In the order in which they run, one at a time. */
  readonly steps: readonly DeprovisionStep[];
  /** Resources that `allow_delete` would have to list, in the order of `resources_created`. */
  readonly setAside: readonly TemplateResource[];
};

/**
 * What a deprovisioning removes (provisioning 12), last created first.
 *
 * @param allowDelete ids of the resources that may be deleted although they need it
 */
export function planDeprovision(
  resources: readonly TemplateResource[],
  allowDelete: readonly string[],
): DeprovisionPlan {
  const isSetAside = (resource: TemplateResource): boolean =>
    stepType(resource.workflow_step_name)?.needsAllowDelete === true && !allowDelete.includes(resource.resource_id);
  return {
    steps: resources
      .filter((resource) => !isSetAside(resource))
      .toReversed()
      .map(removalOf),
    setAside: resources.filter(isSetAside),
  };
}

// A step without an inverse leaves nothing on a server.
const removalOf = (resource: TemplateResource): DeprovisionStep => ({
  type: stepType(resource.workflow_step_name)?.inverse ?? 'noop',
  resource,
});

/** Resources that are the same in all four members (provisioning 9). */
export function sameResource(one: TemplateResource, other: TemplateResource): boolean {
  return (
    one.workflow_step_name === other.workflow_step_name &&
    one.workflow_step_id === other.workflow_step_id &&
    one.resource_type === other.resource_type &&
    one.resource_id === other.resource_id
  );
}

/**
 * The answer when resources are left (provisioning 12), undefined when none are: 202 when a removal failed, 403 when all
 * were only set aside.
 */
export function deprovisionError(
  failed: readonly TemplateResource[],
  setAside: readonly TemplateResource[],
): TemplateError | undefined {
  const texts = [
    ...(failed.length > 0 ? [`Failed to deprovision some resources: ${names(failed)}.`] : []),
    ...(setAside.length > 0
      ? [`These resources require the allow_delete parameter to deprovision: ${names(setAside)}.`]
      : []),
  ];
  return texts.length === 0 ? undefined : { status: failed.length > 0 ? 202 : 403, message: texts.join(' ') };
}

const names = (resources: readonly TemplateResource[]): string =>
  listed(resources.map(({ resource_type, resource_id }) => `${resource_type} ${resource_id}`));
