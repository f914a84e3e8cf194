const SCOPE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const FLOW_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Tenant and workspace ids; topic names and execution ids stay unambiguous with these. */
export const isScopeId = (text: string): boolean => SCOPE_ID.test(text);

/** Flow ids a client may choose (flows-api 5, create). */
export const isFlowId = (text: string): boolean => FLOW_ID.test(text) && !text.includes('-workflow-');
