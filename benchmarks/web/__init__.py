"""What only the benchmarks serve: the product's addresses, and bare pages next to them as floors."""
