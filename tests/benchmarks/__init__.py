"""What `make bench` measures. Each figure stands beside a named peer measured in the same run."""
