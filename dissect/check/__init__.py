"""What is wrong or odd in a whole capture: the checks of `dissect.wire.checks` over batches, and what they add up to.

The one-packet reader asks the same checks; a property test holds both to the same findings. Only what needs more
than one packet is said here alone: fragments that overlap (`overlaps`), and whether offload explains the
checksums (`offload`).
"""
