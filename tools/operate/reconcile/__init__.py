"""Many records: compared with Graph, repaired, and set going."""
