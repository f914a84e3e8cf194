/** Workspace segment of everything about templates: nobody can name it, so no route of flows sees them. */
export const TEMPLATE_WORKSPACE = '_tpl';
