import { updatingPipeline } from '../opensearch/pipelines.js';

export const updateSearchPipeline = updatingPipeline('search');
