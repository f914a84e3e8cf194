export const LENGTH_VARIABLE = 'FLOWPLANE_TEST_LENGTH';

/** What a test does in `npm test`, or the longer form of it in `npm run test:long`. */
export const longOr = <T>(short: T, long: T): T => (process.env[LENGTH_VARIABLE] === 'long' ? long : short);
