"""The Flink graphs; the only importer of pyflink."""
