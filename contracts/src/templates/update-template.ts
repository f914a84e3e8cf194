import type { Template } from './document.js';
import type { TemplateParts } from './read-template.js';

/** A template as it is stored when it is created (provisioning 2, the twelfth check). */
export function createdTemplate(
  template: Template,
  server: Pick<Template, 'user' | 'tenantId'>,
  nowMs: number,
): Template {
  const { createdTime: _c, lastProvisionedTime: _p, user: _u, tenantId: _t, ...rest } = template;
  return { ...rest, ...server, createdTime: nowMs, lastUpdatedTime: nowMs };
}

/** A template in the place of a stored one, which keeps what the server knows (provisioning 2, the thirteenth check). */
export function replacedTemplate(stored: Template, next: Template, nowMs: number): Template {
  const { createdTime: _c, lastProvisionedTime: _p, user: _u, tenantId: _t, ...rest } = next;
  const { createdTime, lastProvisionedTime, user, tenantId } = stored;
  return {
    ...rest,
    ...(createdTime === undefined ? {} : { createdTime }),
    ...(lastProvisionedTime === undefined ? {} : { lastProvisionedTime }),
    ...(user === undefined ? {} : { user }),
    ...(tenantId === undefined ? {} : { tenantId }),
    lastUpdatedTime: nowMs,
  };
}

/**
 * A stored template with the supplied fields (provisioning 2, the thirteenth check). A blank description or use case is
 * not supplied, nor is an empty list of compatible versions.
 */
export function updatedTemplate(stored: Template, fields: TemplateParts, nowMs: number): Template {
  const { name, description = '', useCase = '', version, uiMetadata } = fields;
  return {
    ...stored,
    ...(name === undefined ? {} : { name }),
    ...(description === '' ? {} : { description }),
    ...(useCase === '' ? {} : { useCase }),
    ...(version === undefined ? {} : { version: mergedVersion(stored.version, version) }),
    ...(uiMetadata === undefined ? {} : { uiMetadata }),
    lastUpdatedTime: nowMs,
  };
}

function mergedVersion(stored: Template['version'], next: NonNullable<Template['version']>): Template['version'] & {} {
  const template = next.template ?? stored?.template;
  const compatibility = next.compatibility.length > 0 ? next.compatibility : (stored?.compatibility ?? []);
  return { ...(template === undefined ? {} : { template }), compatibility };
}
