import type { Checked } from './errors.js';
import { checked, refuse } from './errors.js';

/** Somebody who calls, or who owns a template (provisioning 16). */
export type TemplateUser = {
  readonly name: string;
  readonly backend_roles: readonly string[];
  readonly roles: readonly string[];
  readonly custom_attribute_names: readonly string[];
};

/** What is done with a template that has an id. */
export type TemplateAction =
  'get' | 'update' | 'provision' | 'reprovision' | 'resume' | 'plan' | 'status' | 'drift' | 'deprovision' | 'delete';

export type AccessSettings = {
  /** `filter_by_backend_roles` */
  readonly filterByBackendRoles: boolean;
  /** Answer about a template of another tenant (FLOWS_PROVISIONING_FOREIGN). */
  readonly foreignStatus: 403 | 404;
};

/** What is stored under an id: a template with its state, or a state alone. */
export type StoredTemplate = {
  /** It is another tenant's. */
  readonly isForeign: boolean;
  /** Whether the template is there; the state always is. */
  readonly hasTemplate: boolean;
  /** Absent: it was made where nobody was known. */
  readonly owner?: TemplateUser | undefined;
};

export type TemplateAccess = {
  readonly action: TemplateAction;
  readonly workflowId: string;
  /** `clear_status` of a delete. */
  readonly clearStatus?: boolean;
  /** Absent where callers are not identified (FLOWS_PROVISIONING_AUTH=none): then there is no check of roles. */
  readonly user?: TemplateUser | undefined;
  /** Absent: nothing has this id. */
  readonly stored?: StoredTemplate | undefined;
};

const FOREIGN_MESSAGE = 'No permission to access this resource';

/** Roles that may see and do everything. `all_access` is that of the original, the others are those of operators. */
const ADMIN_ROLES: ReadonlySet<string> = new Set(['all_access', 'platform_admin', 'superadmin']);

/** Actions that need the state only: what they are about is still there when the template has been deleted. */
const ON_STATE: ReadonlySet<TemplateAction> = new Set(['status', 'drift', 'deprovision']);

/** Whether a user sees and does everything in its tenant. Without users everybody does. */
export const isTemplateAdmin = (user: TemplateUser | undefined): boolean =>
  user === undefined || user.roles.some((role) => ADMIN_ROLES.has(role));

/** Whether access by id is checked: then a delete of what is not there is refused. */
export const checksBackendRoles = (
  user: TemplateUser | undefined,
  { filterByBackendRoles }: Pick<AccessSettings, 'filterByBackendRoles'>,
): boolean => filterByBackendRoles && user !== undefined;

/** The document an action reads the owner from, so that a deleted template does not lock its owner out. */
export const ownerIsReadFrom = (action: TemplateAction, clearStatus = false): 'template' | 'state' =>
  ON_STATE.has(action) || (action === 'delete' && clearStatus) ? 'state' : 'template';

/**
 * Create and update need a user with a backend role where access goes by those (provisioning 16). An update checks
 * access by id as well.
 */
export function checkMayWrite(
  user: TemplateUser | undefined,
  { filterByBackendRoles }: Pick<AccessSettings, 'filterByBackendRoles'>,
): Checked<undefined> {
  return checked(() => {
    if (!filterByBackendRoles) {
      return undefined;
    }
    if (user === undefined) {
      return refuse(400, 'Filter by backend roles is enabled and User is null');
    }
    return user.backend_roles.length === 0
      ? refuse(
          403,
          `Filter by backend roles is enabled, but User ${user.name} does not have any backend roles configured`,
        )
      : undefined;
  });
}

/**
 * Access to what has an id: it is there → it is of the tenant (provisioning 15.2) → its owner shares a backend role (16).
 *
 * @returns false: it is not there, and the action (a delete) may go on
 */
export function checkTemplateAccess(request: TemplateAccess, settings: AccessSettings): Checked<boolean> {
  return checked(() => {
    const { action, workflowId, user, stored } = request;
    const found = ownerIsReadFrom(action, request.clearStatus) === 'state' || stored?.hasTemplate ? stored : undefined;
    if (found === undefined) {
      return missing(request, settings);
    }
    if (found.isForeign) {
      return refuse(settings.foreignStatus, settings.foreignStatus === 403 ? FOREIGN_MESSAGE : noTemplate(workflowId));
    }
    return !settings.filterByBackendRoles || maySee(user, found.owner)
      ? true
      : refuse(403, `User does not have permissions to access workflow: ${workflowId}`);
  });
}

/** Whether a user may see what an owner has made, where access goes by backend roles. Searches leave out the rest. */
export const maySee = (user: TemplateUser | undefined, owner: TemplateUser | undefined): boolean =>
  user === undefined ||
  isTemplateAdmin(user) ||
  user.backend_roles.some((role) => owner?.backend_roles.includes(role) === true);

const noTemplate = (workflowId: string): string => `Failed to retrieve template (${workflowId}) from global context.`;

function missing({ action, workflowId, user }: TemplateAccess, settings: AccessSettings): false {
  if (checksBackendRoles(user, settings)) {
    return refuse(404, noTemplate(workflowId));
  }
  switch (action) {
    case 'delete':
      return false;
    case 'status':
    case 'drift':
      return refuse(404, `Fail to find workflow status of ${workflowId}`);
    case 'deprovision':
      return refuse(404, `Failed to get workflow state for workflow ${workflowId}`);
    default:
      return refuse(404, noTemplate(workflowId));
  }
}
