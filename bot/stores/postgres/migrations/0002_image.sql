-- Images that people send each other. What is known of each is a record of kind 'image' under the same id.

CREATE TABLE image (
    id text COLLATE "C" PRIMARY KEY,
    media_type text NOT NULL,
    body bytea NOT NULL
);
