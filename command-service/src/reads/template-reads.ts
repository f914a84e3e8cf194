import type { Template, TemplateResource, TemplateUser } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { isTemplateOfAnother, stored, storedTemplate } from '@flowplane/runtime/read-model';
import type { StoredTemplate, TemplateContext } from '../routes/templates/template-context.js';

export const makeTemplateReads =
  (pool: Pool): TemplateContext['templateOf'] =>
  async (tenantId, templateId) => {
    const row = await stored(storedTemplate(pool, tenantId, templateId));
    if (row === undefined) {
      const isForeign = await stored(isTemplateOfAnother(pool, tenantId, templateId));
      return { kind: isForeign ? 'foreign' : 'none' };
    }
    const { document, owner, resources, completed, progress, ...rest } = row;
    return {
      ...{ ...rest, kind: 'own', progress: progress as StoredTemplate['progress'] },
      template: document === null ? undefined : (JSON.parse(document) as Template),
      owner: owner === null ? undefined : (JSON.parse(owner) as TemplateUser),
      resources: JSON.parse(resources) as readonly TemplateResource[],
      completed: JSON.parse(completed) as readonly string[],
    };
  };
