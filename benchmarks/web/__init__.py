"""What only the benchmarks serve: the product's addresses, and bare pages beside them as floors."""
