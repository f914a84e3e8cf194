const SCOPE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const FLOW_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Tenant and workspace ids; topic names and execution ids stay unambiguous with these. */
export const isScopeId = (text: string): boolean => SCOPE_ID.test(text);

/** Flow ids a client may choose (flows-api 5, create). */
export const isFlowId = (text: string): boolean => FLOW_ID.test(text) && !text.includes('-workflow-');

/** Longest name, actor, subject or signal name, in characters (flows-api 1.6): the log keeps them for ever. */
export const MAX_NAME_LENGTH = 256;

/** Longest note on a pause of a schedule, in characters (flows-api 8): the engine shows it too. */
export const MAX_NOTE_LENGTH = 256;

/** Longest comment on a decision, in characters (flows-api 7.3). */
export const MAX_COMMENT_LENGTH = 1024;

/** True for a text of more characters than `most`. */
export const isLongerThan = (text: string, most: number): boolean =>
  text.length > 2 * most || (text.length > most && Array.from(text).length > most);

/** True for a text of more characters than a name may have. */
export const isTooLongName = (text: string): boolean => isLongerThan(text, MAX_NAME_LENGTH);
