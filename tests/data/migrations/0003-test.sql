-- A made-up third step; it says that programs of schema 1 no longer fit.
CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;
UPDATE setting SET value = '3' WHERE key = 'oldest_program';
