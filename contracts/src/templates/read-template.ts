import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';
import type { Template, TemplateVersion } from './document.js';
import type { Checked } from './errors.js';
import { checked, CONTENT_INVALID, refuse } from './errors.js';
import { isWithinBounds } from './json-walk.js';
import { isAbsent, readObject, readText, readTexts, readTime } from './read-parts.js';
import { readWorkflow } from './read-workflow.js';

/** What a document says of a template; what it leaves out or says is null is absent. */
export type TemplateParts = Partial<Template>;

const READERS: Readonly<Record<string, (value: Json) => TemplateParts>> = {
  name: (value) => ({ name: readText(value).trim() }),
  description: (value) => ({ description: readText(value).trim() }),
  use_case: (value) => ({ useCase: readText(value).trim() }),
  version: (value) => ({ version: readVersion(readObject(value)) }),
  workflows: (value) => ({ workflows: readWorkflows(readObject(value)) }),
  ui_metadata: (value) => ({ uiMetadata: readObject(value) }),
  user: (value) => ({ user: readObject(value) }),
  created_time: (value) => ({ createdTime: readTime(value) }),
  last_updated_time: (value) => ({ lastUpdatedTime: readTime(value) }),
  last_provisioned_time: (value) => ({ lastProvisionedTime: readTime(value) }),
  tenant_id: (value) => ({ tenantId: readText(value) }),
  all_shared_principals: (value) => ({ allSharedPrincipals: readTexts(value) }),
};

/** Fields that `update_fields` may change (provisioning 2, the thirteenth check). */
const UPDATABLE: ReadonlySet<string> = new Set(['name', 'description', 'use_case', 'version', 'ui_metadata']);

/**
 * A template document as JSON, in normal form (provisioning 3). Its first error ends the reading. The document may come
 * from JSON or YAML (`readTemplateBody`). User, times, tenant and principals are those of the document: the server
 * overwrites them.
 */
export function readTemplate(document: unknown): Checked<Template> {
  return checked(() => {
    const { name, description = '', useCase = '', workflows = {}, ...rest } = readParts(document);
    return name === undefined
      ? refuse(400, 'A template object requires a name.')
      : { name, description, useCase, workflows, ...rest };
  });
}

/** The body of an update with `update_fields=true`: nothing but updatable fields, and no name is needed. */
export function readTemplateFields(document: unknown): Checked<TemplateParts> {
  return checked(() => readParts(document, UPDATABLE));
}

function readParts(document: unknown, updatable?: ReadonlySet<string>): TemplateParts {
  if (!isJsonObject(document) || !isWithinBounds(document)) {
    return refuse(400, CONTENT_INVALID);
  }
  return Object.assign({}, ...Object.entries(document).map(([name, value]) => readPart(name, value, updatable)));
}

function readPart(name: string, value: Json, updatable: ReadonlySet<string> | undefined): TemplateParts {
  if (updatable !== undefined && !updatable.has(name)) {
    refuse(400, `You can not update the field [${name}] without updating the whole template.`);
  }
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (reader === undefined) {
    return refuse(400, `Unable to parse field [${name}] in a template object.`);
  }
  return value === null ? {} : reader(value);
}

function readVersion(version: JsonObject): TemplateVersion {
  if (Object.keys(version).some((name) => name !== 'template' && name !== 'compatibility')) {
    refuse(400, 'Unable to parse field [version] in a version object.');
  }
  const { template, compatibility } = version;
  return {
    ...(isAbsent(template) ? {} : { template: readRelease(readText(template)) }),
    compatibility: readTexts(compatibility ?? []).map(readRelease),
  };
}

function readRelease(text: string): string {
  return /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,40})?$/.test(text) ? text : refuse(400, CONTENT_INVALID);
}

function readWorkflows(workflows: JsonObject): Template['workflows'] {
  return Object.fromEntries(Object.entries(workflows).map(([name, workflow]) => [name, readWorkflow(workflow)]));
}
