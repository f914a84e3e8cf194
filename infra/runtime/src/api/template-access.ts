import { checkTemplateAccess, type Checked, type TemplateAction, type TemplateUser } from '@flowplane/contracts';
import type { TemplateCall } from './template-route.js';

/** What is stored under an id, as far as access goes by it. */
export type KnownTemplate =
  | {
      readonly kind: 'own';
      /** Whether the document is there; the state always is. */
      readonly hasTemplate: boolean;
      readonly owner: TemplateUser | undefined;
    }
  /** Another tenant's. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'none' };

/** Whether the caller may do this with what is stored (provisioning 15.2, 16). @returns false: as `checkTemplateAccess` */
export function checkedAccess(
  { user, settings, foreignStatus }: Pick<TemplateCall, 'user' | 'settings' | 'foreignStatus'>,
  known: KnownTemplate,
  request: { readonly action: TemplateAction; readonly workflowId: string; readonly clearStatus?: boolean },
): Checked<boolean> {
  const stored = (() => {
    switch (known.kind) {
      case 'none':
        return undefined;
      case 'foreign':
        return { isForeign: true, hasTemplate: true };
      case 'own':
        return { isForeign: false, hasTemplate: known.hasTemplate, owner: known.owner };
    }
  })();
  return checkTemplateAccess({ ...request, user, stored }, { ...settings, foreignStatus });
}
