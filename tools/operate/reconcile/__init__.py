"""`lms-sync reconcile`: has many records compared with Graph, repaired, or set going."""
