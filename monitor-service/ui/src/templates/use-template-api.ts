import type { AnswerOf, FlowplaneClient } from '@flowplane/contracts/client';
import { useMe } from '../api/use-me.js';
import { useSession } from '../session/session.js';
import { mayDoWithTemplates, type TemplateOperation } from './may-do-with-templates.js';

/** Templates belong to the tenant; what they need a workspace for, such as their commands, is below this one (provisioning 1.5). */
const TEMPLATE_WORKSPACE = '_tpl';

/** The API for templates, and what the person may do with them. */
export function useTemplateApi(): {
  readonly flowplane: FlowplaneClient;
  readonly may: (operation: TemplateOperation) => boolean;
} {
  const { flowplaneOf } = useSession();
  const me: AnswerOf<'getMe'> | undefined = useMe().data;
  return {
    flowplane: flowplaneOf(TEMPLATE_WORKSPACE),
    may: (operation) => mayDoWithTemplates(me, operation),
  };
}
