import { beginningOf } from '@flowplane/contracts/json/beginning-of';

/** Characters of a message; what a run leaves must be kept whatever its tasks said. */
const MAX_MESSAGE_LENGTH = 4096;

/** The message of a failure as what is left of a run has it. */
export const cutMessage = (message: string | null | undefined = ''): string =>
  message === null || message.length <= MAX_MESSAGE_LENGTH
    ? (message ?? '')
    : `${beginningOf(message, MAX_MESSAGE_LENGTH)}…`;
