"""What the end-to-end tests stand on: users, guests, runs of wasmrun, and what may not be left over."""
