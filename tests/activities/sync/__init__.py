"""Each record gets the right next step, and references become ids. How steps are carried out is in `tests/traces`."""
