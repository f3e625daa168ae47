"""What a GraphQL body asks, and the key under which its answer is kept (architecture 3.3)."""
