"""The route table, by area: what a path of AYON is, how long an answer lives, what it shows."""
