"""Everything that changes the studio, with the events it makes, and those it does not make."""
