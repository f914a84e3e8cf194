export { droppedValue, isLost, makePayloadCodec, referenceOf, type PayloadCodecOptions } from './payload-codec.js';
export { patientStore } from './patient-store.js';
