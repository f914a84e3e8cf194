-- What made a run begin (flows-api 6.11): JSON text; null: of a run from before this.
ALTER TABLE executions ADD COLUMN cause text;
