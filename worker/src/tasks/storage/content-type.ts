/** Of an object that names none. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';
