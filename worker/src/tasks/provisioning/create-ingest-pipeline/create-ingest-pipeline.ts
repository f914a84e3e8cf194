import { creatingPipeline } from '../opensearch/pipelines.js';

export const createIngestPipeline = creatingPipeline('ingest');
