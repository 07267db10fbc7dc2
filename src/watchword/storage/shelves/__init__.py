"""One shelf for each kind of thing, in the SQL that both databases speak."""
