"""What the bytes mean: one table per header, numbers, options, checksums. Imports nothing else of ours."""
