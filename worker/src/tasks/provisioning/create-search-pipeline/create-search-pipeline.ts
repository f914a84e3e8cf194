import { creatingPipeline } from '../opensearch/pipelines.js';

export const createSearchPipeline = creatingPipeline('search');
