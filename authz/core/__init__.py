"""The words of the field as types that cannot be wrong; the standard library and nothing else."""
