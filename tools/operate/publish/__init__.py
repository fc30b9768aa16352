"""`lms-sync validate`, `publish` and `backfill`: check events from files, show what they'd change, publish them."""
