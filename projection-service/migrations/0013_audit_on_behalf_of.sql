-- Whom the sender of a signal said to act for; the actor is always the verified caller.
ALTER TABLE audit ADD COLUMN on_behalf_of text;
