# db/
