export { makePayloadCodec, type PayloadCodecOptions } from './payload-codec.js';
